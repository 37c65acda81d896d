import type { RinglogError } from '@ringlog/core/internal'
import { STARTS_AT_A_TIME } from '../../wire/partition-starts.ts'
import type { Partition } from './partition.ts'
import { startPartition, type StartPartition } from './start-partition.ts'

/** What partitions of one topic are started with. */
export interface StartPartitions extends StartPartition {
  readonly topic: string
  readonly first: number
  readonly count: number
  /** The error to fail with once the partitions are not wanted any more; `null` before. */
  readonly cancelled: () => RinglogError | null
}

/**
 * Starts partitions of a topic, with a thread each: all of them, or none.
 *
 * @throws RinglogError WORKER_CRASHED, KAFKA_STORAGE_ERROR, or what `cancelled` says.
 */
export async function startPartitions(start: StartPartitions): Promise<Partition[]> {
  const { topic, first, count, config, listener } = start
  const started: Partition[] = []
  const numbers = Array.from({ length: count }, (_, i) => first + i).values()
  const failures: unknown[] = []
  /** Starts one after the other; those that run side by side take their numbers from the same iterator. */
  const startInTurn = async (): Promise<void> => {
    try {
      for (const partition of numbers) {
        throwIfCancelled(start)
        if (failures.length > 0) return
        started.push(await startPartition({ topic, partition }, start))
      }
    } catch (reason) {
      failures.push(reason)
    }
  }
  const length = Math.min(STARTS_AT_A_TIME, count)
  await Promise.all(Array.from({ length }, startInTurn))
  try {
    if (failures.length > 0) throw failures[0]
    const partitions = started.toSorted((a, b) => a.partition - b.partition)
    if (config.gatingGroups.length > 0) {
      await listener.registerGatingGroups(config.gatingGroups, partitions)
    }
    throwIfCancelled(start)
    return partitions
  } catch (error) {
    await stopPartitions(started)
    throw error
  }
}

/** Ends partitions that are not to be. */
export async function stopPartitions(partitions: readonly Partition[]): Promise<void> {
  await Promise.all(partitions.map(stopPartition))
}

async function stopPartition({ worker, files }: Partition): Promise<void> {
  await worker.terminate()
  await files?.close()
}

function throwIfCancelled({ cancelled }: StartPartitions): void {
  const error = cancelled()
  if (error !== null) throw error
}
