import { globSync } from 'node:fs'
import * as ringlog from 'ringlog'
import { Broker, Consumer, ConsumerPool, Producer, connect } from 'ringlog'
import { resolveBrokerConfig } from '../../packages/broker/src/client/config.ts'
import { resolveConsumerConfig } from '../../packages/consumer/src/config.ts'
import { ERROR_CODES } from '../../packages/core/src/errors/error-codes.ts'
import { resolveTopicConfig } from '../../packages/core/src/protocol/topic-config.ts'
import { resolveProducerConfig } from '../../packages/producer/src/config.ts'
import { callsOf, membersIn } from './declared-names.ts'
import { ROOT, readText } from './markdown.ts'

/** Our options, with their defaults. */
export const OPTIONS: Record<string, Record<string, unknown>> = {
  ProducerConfig: { ...resolveProducerConfig(undefined) },
  ConsumerConfig: { ...resolveConsumerConfig(undefined) },
  TopicConfig: { ...resolveTopicConfig(undefined, Infinity) },
  BrokerConfig: { ...resolveBrokerConfig(undefined) },
}

const nameOfEach = (owner: string, names: readonly string[]): string[] =>
  names.map((name) => `${owner}.${name}`)

/** Every option, and every call that Kafka's clients may have one for, by its full name. */
export const OPTIONS_AND_CALLS: ReadonlySet<string> = new Set([
  ...Object.entries(OPTIONS).flatMap(([owner, options]) => nameOfEach(owner, Object.keys(options))),
  ...Object.entries({ Producer, Consumer, Broker }).flatMap(([owner, type]) =>
    nameOfEach(owner, callsOf(type)),
  ),
  `Broker.${Broker.start.name}`,
  connect.name,
])

const SOURCES = globSync('packages/*/src/**/*.ts', { cwd: ROOT }).map(readText).join('\n')

/** The names of types in the one list of what users can import. */
const TYPES = [...readText('packages/ringlog/src/index.ts').matchAll(/\btype (\w+)/g)].map(
  ([, name]) => name!,
)

/** Everything that a document may name as ours: what can be imported, and the members of it. */
export const OUR_NAMES: ReadonlySet<string> = new Set([
  ...OPTIONS_AND_CALLS,
  ...Object.keys(ringlog),
  ...TYPES,
  ...TYPES.flatMap((type) => nameOfEach(type, membersIn(SOURCES, type))),
  ...nameOfEach('ConsumerPool', [ConsumerPool.start.name, ...callsOf(ConsumerPool)]),
  ...nameOfEach('RinglogError', Object.keys(new ringlog.RinglogError('INVALID_STATE'))),
  ...nameOfEach('serdes', Object.keys(ringlog.serdes)),
  ...Object.keys(ERROR_CODES),
  ...[...SOURCES.matchAll(/`(ringlog:[\w:]+)`/g)].map(([, channel]) => channel!),
])
