import { partitionName } from '@ringlog/core/internal'
import { describeHolder } from '@ringlog/partition-worker'
import type { SlowClose } from '../wire/broker-event.ts'

/** The `code` of the warning. */
const CLOSE_WAITS = 'RINGLOG_CLOSE_WAITS'

/** Warns the process that `close` waits, and for which holders. Thread: the one that started the broker. */
export function warnOfSlowClose({ waitedMs, leftMs, clientCount, blocked }: SlowClose): void {
  const clients = clientCount === 1 ? '1 client' : `${clientCount} clients`
  const rings = blocked.map(
    ({ topic, partition, waitingAppends, holder }) =>
      `partition ${partitionName(topic, partition)} is full (waiting appends: ${waitingAppends}), and held ` +
      `by ${holder === null ? 'nobody' : describeHolder(holder)}`,
  )
  const why =
    rings.length > 0
      ? rings.join('; ')
      : 'no partition is full: handlers still run, records wait for a topic or partition that is not there, ' +
        'their threads are busy, or the disk is'
  process.emitWarning(
    `close() has waited for ${Math.round(waitedMs)} ms for ${clients} to send what is buffered: ${why}. ` +
      `What is not sent in another ${Math.round(leftMs)} ms is failed; close({ timeoutMs }) says when.`,
    { type: 'RinglogWarning', code: CLOSE_WAITS },
  )
}
