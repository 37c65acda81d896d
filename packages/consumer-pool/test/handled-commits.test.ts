import type { Consumer } from '@ringlog/consumer'
import { RinglogError, partitionKey, type TopicPartition } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { HandledCommits } from '../src/handling/handled-commits.ts'
import type { HandlerContext } from '../src/handling/handler-context.ts'
import type { HandlerProducer } from '../src/handling/handler-producer.ts'
import { PartitionWork } from '../src/handling/partition-work.ts'

const [A, B] = [0, 1].map((partition) => ({ topic: 'orders', partition })) as [
  TopicPartition,
  TopicPartition,
]

/** Commits of a thread with both partitions, whose producer flushes when it is told to. */
class Thread {
  readonly works = new Map<string, PartitionWork>()
  readonly committed: string[] = []
  readonly commits: HandledCommits
  assignment = [A, B]
  readonly #producer = {
    isSettled: false,
    settle: (): Promise<void> => {
      const flush = Promise.withResolvers<void>()
      this.#flushes.push(flush)
      return flush.promise
    },
  }
  readonly #flushes: Array<PromiseWithResolvers<void>> = []

  constructor() {
    const consumer: Pick<Consumer, 'assignment' | 'commit'> = {
      assignment: () => this.assignment,
      commit: async (offsets = []) => {
        for (const { partition, offset } of offsets) {
          if (!this.assignment.some((p) => p.partition === partition)) {
            throw new RinglogError('INVALID_STATE', `partition ${partition} is not assigned`)
          }
          this.committed.push(`${partition}@${offset}`)
        }
      },
    }
    this.commits = new HandledCommits({
      consumer: consumer as Consumer,
      producer: this.#producer as Partial<HandlerProducer> as HandlerProducer,
      works: this.works,
      autoCommitIntervalMs: 0,
    })
    for (const p of [A, B]) this.assign(p)
  }

  assign(p: TopicPartition): void {
    this.works.set(partitionKey(p), new PartitionWork(p, {} as HandlerContext, 'partition', null))
  }

  /** Handlers have written nothing that is not in the log. */
  writeNothing(): void {
    this.#producer.isSettled = true
  }

  handle(p: TopicPartition, offset: number): void {
    const { offsets } = this.works.get(partitionKey(p))!
    offsets.add(offset)
    offsets.finish(offset)
  }

  /** Resolves when a commit waits for what handlers wrote. */
  async whenFlushing(): Promise<void> {
    while (this.#flushes.length === 0) await Promise.resolve()
  }

  async flush(): Promise<void> {
    await this.whenFlushing()
    this.#flushes.shift()!.resolve()
  }
}

test('drops what went while it waited for what handlers wrote, and commits the rest', async () => {
  const thread = new Thread()
  thread.handle(A, 4)
  thread.handle(B, 6)
  const committing = thread.commits.commit(true)
  await thread.whenFlushing()
  thread.works.delete(partitionKey(A))
  thread.assignment = [B]
  await thread.flush()
  await committing
  expect(thread.committed).toEqual(['1@7'])
})

test('does not take a partition for the one that it was before it went and came back', async () => {
  const thread = new Thread()
  thread.handle(A, 4)
  const committing = thread.commits.commit(true)
  await thread.whenFlushing()
  thread.assign(A)
  await thread.flush()
  await committing
  expect(thread.committed).toEqual([])
})

test('never commits back, however many commits are under way', async () => {
  const thread = new Thread()
  thread.handle(A, 4)
  const first = thread.commits.commit(true)
  await thread.whenFlushing()
  thread.handle(A, 5)
  const second = thread.commits.commit(true)
  await thread.flush()
  await first
  await thread.flush()
  await second
  expect(thread.committed).toEqual(['0@5', '0@6'])
})

test('waits for nothing where handlers have written nothing', async () => {
  const thread = new Thread()
  thread.writeNothing()
  thread.handle(A, 4)
  await thread.commits.commit(true)
  expect(thread.committed).toEqual(['0@5'])
  expect(thread.commits.isWanted).toBe(false)
})
