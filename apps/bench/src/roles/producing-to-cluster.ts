import type { RoleContext } from '../define-scenario.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'

/** What a role that produces to a real Kafka is told. */
export interface ClusterTask {
  readonly bootstrapServer: string
  readonly topic: string
  readonly lapRecords: number
  readonly timedRecords: number
}

/** A client that produces, as a role uses it. */
export interface ClusterWriter {
  /** Produces the records with the sequences from `first` on, up to `end`; resolves when all are acknowledged. */
  produce(first: number, end: number): Promise<void>
  close(): Promise<void>
}

/** A producing role: laps until all are warm, then the timed records. */
export async function produceToCluster(
  context: RoleContext<ClusterTask>,
  open: (context: RoleContext<ClusterTask>) => Promise<ClusterWriter>,
): Promise<void> {
  const { lapRecords, timedRecords } = context.data
  const writer = await open(context)
  let produced = 0
  const produceMore = async (count: number): Promise<void> => {
    await writer.produce(produced, produced + count)
    produced += count
  }
  await context.warmUp(() => produceMore(lapRecords))
  await context.sync(WARM)
  await produceMore(timedRecords)
  await writer.close()
}

/** Requests on their way at a time: what Kafka's own clients have by default, and Ringlog's. */
export const SENDS_IN_FLIGHT = 5

/**
 * Produces by a client that sends an array of values at a time: arrays of the size of Ringlog's batches. Each value has
 * bytes of its own until its array is sent.
 */
export function arraysOfValues(
  context: RoleContext<ClusterTask>,
  sendsInFlight: number,
  send: (values: readonly Buffer[]) => Promise<unknown>,
): ClusterWriter['produce'] {
  const sizeBytes = context.number('recordSizeBytes')
  const perSend = Math.max(1, Math.floor(context.number('batchSizeBytes') / sizeBytes))
  const pattern = patternValue(sizeBytes, context.index)
  return async (first, end) => {
    const inFlight = new Set<Promise<void>>()
    for (let sequence = first; sequence < end;) {
      const values: Buffer[] = []
      for (; sequence < end && values.length < perSend; sequence++) {
        const value = Buffer.from(pattern)
        stamp(value, sequence)
        values.push(value)
      }
      const sent: Promise<void> = send(values).then(() => void inFlight.delete(sent))
      inFlight.add(sent)
      if (inFlight.size >= sendsInFlight) await Promise.race(inFlight)
    }
    await Promise.all(inFlight)
  }
}
