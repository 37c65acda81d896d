import { expectTypeOf } from 'vitest'
import type {
  BrokerConfig,
  CloseOptions,
  ConsumerConfig,
  ConsumerPoolConfig,
  DrainedOptions,
  OffsetToCommit,
  PollOptions,
  PoolCallOptions,
  ProducerConfig,
  ProducerRecord,
  QueryOptions,
  RebalanceListener,
  ResetTarget,
  TopicConfig,
  WaitOptions,
} from 'ringlog'

/** Checked by the compiler, with `exactOptionalPropertyTypes`; nothing of it runs. */

/** The optional properties that `undefined` cannot be given for. */
type Refusing<T> = {
  [Name in keyof T]-?: object extends Pick<T, Name>
    ? { [Given in Name]: undefined } extends Pick<T, Name>
      ? never
      : Name
    : never
}[keyof T]

// What the types above find: a check of the check.
expectTypeOf<Refusing<{ a?: number; b?: number | undefined; c: number }>>().toEqualTypeOf<'a'>()

expectTypeOf<Refusing<BrokerConfig>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<TopicConfig>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<ProducerConfig>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<ConsumerConfig>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<ConsumerPoolConfig>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<ProducerRecord>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<OffsetToCommit>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<RebalanceListener>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<PollOptions>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<QueryOptions>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<WaitOptions>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<CloseOptions>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<DrainedOptions>>().toEqualTypeOf<never>()
expectTypeOf<Refusing<PoolCallOptions>>().toEqualTypeOf<never>()
expectTypeOf<{ to: 'latest'; partitions: undefined }>().toExtend<ResetTarget>()
