import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'
import type { LogReader } from '../ring/log-reader.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { ResetTarget } from './group.ts'

/** Where to set one partition's committed offset, before it is brought within the log. */
type ResetPosition =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'offset' | 'timestamp' | 'shift'; readonly value: number }

/** A reset that was asked for, checked. */
export interface OffsetReset {
  readonly position: ResetPosition
  /** `null`: all that the group has offsets on. */
  readonly partitions: readonly TopicPartition[] | null
}

const KINDS = ['offset', 'timestamp', 'shift'] as const
const FORMS =
  '"earliest", "latest", { to: "earliest" | "latest" }, { offset }, { timestamp } or { shift }, ' +
  'the objects with or without partitions'

/** @throws RinglogError INVALID_REQUEST. */
export function checkReset(to: ResetTarget): OffsetReset {
  const given: unknown = to
  if (given === 'earliest' || given === 'latest') {
    return { position: { kind: given }, partitions: null }
  }
  if (typeof given !== 'object' || given === null) throw badTarget(given)
  const { partitions, ...rest } = given as Record<string, unknown>
  const [entry, ...more] = Object.entries(rest)
  if (entry === undefined || more.length > 0) throw badTarget(given)
  const position = checkPosition(entry[0], entry[1])
  return { position, partitions: partitions === undefined ? null : checkPartitions(partitions) }
}

function checkPosition(name: string, value: unknown): ResetPosition {
  if (name === 'to' && (value === 'earliest' || value === 'latest')) return { kind: value }
  const kind = KINDS.find((known) => known === name)
  if (kind === undefined) throw badTarget({ [name]: value })
  if (!Number.isSafeInteger(value) || (kind !== 'shift' && (value as number) < 0)) {
    const allowed = kind === 'shift' ? 'a safe integer' : 'a non-negative safe integer'
    throw new RinglogError('INVALID_REQUEST', `${kind} must be ${allowed}, got ${show(value)}`)
  }
  return { kind, value: value as number }
}

function checkPartitions(given: unknown): TopicPartition[] {
  if (!Array.isArray(given)) {
    throw new RinglogError(
      'INVALID_REQUEST',
      `partitions must be an array of { topic, partition }, got ${show(given)}`,
    )
  }
  return (given as Array<Partial<TopicPartition> | null | undefined>).map((p) => {
    const { topic, partition } = p ?? {}
    if (typeof topic === 'string' && typeof partition === 'number') return { topic, partition }
    throw new RinglogError(
      'INVALID_REQUEST',
      `a partition must be { topic, partition }, got { topic: ${show(topic)}, partition: ${show(partition)} }`,
    )
  })
}

/**
 * The offset that a reset comes to on one partition, within its log.
 *
 * @param heldOffset Where the group stands: what it has committed, or where it starts.
 */
export async function resetOffset(
  { position }: OffsetReset,
  log: Pick<LogReader, 'logStartOffset' | 'endOffset' | 'findByTimestamp'>,
  heldOffset: number,
): Promise<number> {
  const { logStartOffset, endOffset } = log
  if (position.kind === 'earliest') return logStartOffset
  if (position.kind === 'latest') return endOffset
  if (position.kind === 'timestamp') {
    return (await log.findByTimestamp(position.value))?.offset ?? log.endOffset
  }
  const offset = position.kind === 'shift' ? heldOffset + position.value : position.value
  return clamp(offset, logStartOffset, endOffset)
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}

function badTarget(given: unknown): RinglogError {
  const shown =
    typeof given === 'object' && given !== null
      ? `an object with ${Object.keys(given).join(', ') || 'nothing'}`
      : show(given)
  return new RinglogError('INVALID_REQUEST', `a reset must be ${FORMS}; got ${shown}`)
}
