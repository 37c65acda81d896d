import { Consumer } from '@ringlog/consumer'
import type { LogClient, TopicPartition } from '@ringlog/core'
import buffer from 'node:buffer'

const MAX_RECORDS = 20
const MAX_SHOWN_BYTES = 1024

/** A record as the page shows it. */
export interface ShownRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: ReadonlyArray<readonly [name: string, value: string | null]>
}

/**
 * At most 20 records from an offset on, of those that the log has now. They are read by a consumer without a
 * group that holds no ring back: nobody's offsets move.
 */
export async function readRecords(
  client: LogClient,
  at: TopicPartition,
  offset: number,
): Promise<ShownRecord[]> {
  const consumer = new Consumer(client, {
    clientId: 'ringlog-monitor',
    gating: false,
    maxPollRecords: MAX_RECORDS,
  })
  try {
    await consumer.assign([at])
    const [end] = await consumer.endOffsets([at])
    if (offset >= end!.offset) return []
    consumer.seek(at, offset)
    const records = await consumer.poll({ timeoutMs: 200 })
    return [...records].map(({ offset: own, timestamp, key, value, headers }) => ({
      offset: own,
      timestamp,
      key: shown(key),
      value: shown(value),
      headers: headers.map(([name, bytes]) => [name, shown(bytes)] as const),
    }))
  } finally {
    await consumer.close()
  }
}

/** Text where it is text, else hexadecimal digits; what is long ends in an ellipsis. */
function shown(bytes: Buffer | null): string | null {
  if (bytes === null) return null
  const part = bytes.subarray(0, MAX_SHOWN_BYTES)
  const ellipsis = part.length < bytes.length ? `… (${bytes.length} bytes)` : ''
  if (!buffer.isUtf8(bytes)) return `0x${part.toString('hex')}${ellipsis}`
  // As if more were to come: a character that is cut in two is left out.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(part, { stream: true }) + ellipsis
}
