import { RedisServer } from '../outside/redis-server.ts'
import { serverRival } from './server-rival.ts'
import { StampedValues, inPortions } from './stamped-values.ts'

const QUEUE = 'bench'
/** So many jobs are added by one call. */
const JOBS_AT_A_TIME = 200

interface Job {
  readonly value: string
}

/** Jobs as most programs on Node.js have them: what a record costs where each is a job of its own. */
export default serverRival({
  name: 'rival-bullmq',
  description:
    'a queue of BullMQ on a Redis of this machine: addBulk of 200, a worker that does one after the other',
  outside: 'redis',
  packages: ['bullmq', 'ioredis'],
  records: 5_000,
  start: () => RedisServer.start(),
  producer: async (port, recordSizeBytes) => {
    const { Queue } = await import('bullmq')
    const queue = new Queue<Job>(QUEUE, { connection: { host: '127.0.0.1', port } })
    const values = new StampedValues(recordSizeBytes)
    const opts = { removeOnComplete: true }
    return {
      move: async (count) => {
        for (const portion of inPortions(count, JOBS_AT_A_TIME)) {
          // A job is JSON.
          const jobs = values.next(portion).map((value) => value.toString('base64'))
          await queue.addBulk(jobs.map((value) => ({ name: 'record', data: { value }, opts })))
        }
      },
      close: () => queue.close(),
    }
  },
  consumer: async (port, checker) => {
    const { Worker } = await import('bullmq')
    const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null }
    let end = 0
    let awaited = Promise.withResolvers<void>()
    const worker = new Worker<Job>(
      QUEUE,
      async ({ data }) => {
        try {
          const value = Buffer.from(data.value, 'base64')
          checker.check(value, 0, value.length)
          if (checker.count === end) awaited.resolve()
        } catch (error) {
          awaited.reject(error)
        }
      },
      { connection },
    )
    return {
      move: (count) => {
        end += count
        awaited = Promise.withResolvers()
        if (checker.count === end) awaited.resolve()
        return awaited.promise
      },
      close: () => worker.close(),
    }
  },
})
