import type { Attributes } from '@opentelemetry/api'
import type { TopicPartition } from '@ringlog/core/internal'

/**
 * Source: OpenTelemetry's semantic conventions for messaging, 1.45; offsets and keys have the names of Kafka's,
 * whose meaning they have.
 */
const MESSAGING = {
  batchMessageCount: 'messaging.batch.message_count',
  clientId: 'messaging.client.id',
  consumerGroup: 'messaging.consumer.group.name',
  destination: 'messaging.destination.name',
  key: 'messaging.kafka.message.key',
  offset: 'messaging.kafka.offset',
  operation: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  partition: 'messaging.destination.partition.id',
  system: 'messaging.system',
} as const

/** What a span says of who sends or handles. */
export interface SpanOptions {
  /** The client's `clientId`: `messaging.client.id`. */
  clientId?: string | undefined
  /** The consumer's `groupId`: `messaging.consumer.group.name`. */
  groupId?: string | undefined
}

export function operationAttributes(
  operation: 'send' | 'process',
  topic: string,
  { clientId, groupId }: SpanOptions,
): Attributes {
  return {
    [MESSAGING.system]: 'ringlog',
    [MESSAGING.operation]: operation,
    [MESSAGING.operationType]: operation,
    [MESSAGING.destination]: topic,
    ...(clientId === undefined ? {} : { [MESSAGING.clientId]: clientId }),
    ...(groupId === undefined ? {} : { [MESSAGING.consumerGroup]: groupId }),
  }
}

/** Where a record is; of one that was not acknowledged (`acks: 0`) the offset is not known. */
export function placeAttributes({ partition, offset }: Place): Attributes {
  return {
    [MESSAGING.partition]: String(partition),
    ...(offset < 0 ? {} : { [MESSAGING.offset]: offset }),
  }
}

export function batchAttributes({ partition, offset }: Place, count: number): Attributes {
  return { ...placeAttributes({ partition, offset }), [MESSAGING.batchMessageCount]: count }
}

/** Of keys that are text; one of another kind, by a serde, is left out. */
export function keyAttributes(key: unknown): Attributes {
  if (typeof key === 'string') return { [MESSAGING.key]: key }
  return Buffer.isBuffer(key) ? { [MESSAGING.key]: key.toString('utf8') } : {}
}

type Place = Pick<TopicPartition, 'partition'> & { readonly offset: number }
