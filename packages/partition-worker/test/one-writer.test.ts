import { RingLogReader, RingLogWriter, createRingLogMemory } from '@ringlog/core'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { RING_BYTES, batchOf } from './rig.ts'

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url))

/** The source files, from the packages' folder, in which `pattern` stands. */
function filesWith(pattern: RegExp, folders: readonly string[] = readdirSync(PACKAGES)): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(PACKAGES, folder, 'src'), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, 'src', file))
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => pattern.test(readFileSync(join(PACKAGES, file), 'utf8'))),
  )
}

describe('a ring has one writer (INV-1)', () => {
  test('which one file makes, for the one log that one thread runs', () => {
    // A follower of a cluster's partition has a ring of its own, which its thread alone writes to.
    expect(filesWith(/new RingLogWriter\(/)).toEqual([
      'kafka-cluster/src/follower/partition-follower.ts',
      'partition-worker/src/partition-log.ts',
    ])
    expect(filesWith(/new PartitionFollower\(/, ['kafka-cluster'])).toEqual([
      'kafka-cluster/src/follower/follower-thread.ts',
    ])
    expect(filesWith(/new PartitionLog\(/)).toEqual(['partition-worker/src/partition-worker.ts'])
    // The other file runs one in a thread of the user's, for `inMemoryClient`.
    expect(filesWith(/new PartitionWorker\(/)).toEqual([
      'partition-worker/src/partition-thread.ts',
      'partition-worker/src/worker.ts',
    ])
    // The host starts it; the other file is what the thread of a bundled program begins with.
    expect(filesWith(/partition-worker\/worker'/)).toEqual([
      'partition-worker/src/partition-host.ts',
      'ringlog/src/workers/partition-worker.ts',
    ])
  })

  test('two would overwrite each other: each knows of its own end alone', () => {
    const memory = createRingLogMemory(RING_BYTES)
    const first = new RingLogWriter(memory)
    const second = new RingLogWriter(memory)
    const offsets = [first.append(batchOf(['a'])), second.append(batchOf(['b']))]
    expect(offsets).toEqual([0, 0])
    expect(new RingLogReader(memory).endOffset).toBe(1)
  })
})

describe("Ringlog's own threads never block (INV-12)", () => {
  test('neither partition workers nor the controller wait but asynchronously', () => {
    expect(filesWith(/waitSync|Atomics\.wait\(/, ['partition-worker', 'broker'])).toEqual([])
    // The doorbell can; only a consumer's `pollSync` asks it to, and sync threads, which have nothing else to do.
    expect(filesWith(/\.waitSync\(/)).toEqual([
      'consumer/src/poll-loop.ts',
      'storage/src/sync-thread/sync-thread.ts',
    ])
  })

  test('nor for longer than a moment: what they wait for is then written or read', () => {
    expect(filesWith(/\.waitBriefly\(/)).toEqual([
      'partition-worker/src/lane-service.ts',
      'storage/src/storage-thread/follow-loop.ts',
    ])
  })
})
