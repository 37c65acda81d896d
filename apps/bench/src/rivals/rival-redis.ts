import { RESP_TYPES, createClient } from '@redis/client'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
  type Tally,
} from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { RedisServer } from '../outside/redis-server.ts'

const STREAM = 'bench'
const WARM = 'warm'
/** So many are written before their answers are awaited: the client sends them at once. */
const PIPELINED = 200
const RECORDS_A_READ = 1_000
const BLOCK_MS = 1_000

interface Task {
  readonly port: number
  readonly lapRecords: number
  readonly records: number
}

interface Consumed {
  readonly tally: Tally
  readonly finishedAtMs: number
}

async function clientOf({ port }: Task) {
  const client = createClient({ socket: { host: '127.0.0.1', port } })
  await client.connect()
  return client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
}

async function produce(context: RoleContext<Task>): Promise<void> {
  const { lapRecords, records } = context.data
  const client = await clientOf(context.data)
  const sizeBytes = context.number('recordSizeBytes')
  // Each has bytes of its own until it is sent.
  const values = Array.from({ length: PIPELINED }, () => Buffer.from(patternValue(sizeBytes, 0)))
  let sequence = 0
  const produceMore = async (count: number): Promise<void> => {
    for (const end = sequence + count; sequence < end;) {
      const sent: Array<Promise<unknown>> = []
      for (; sequence < end && sent.length < PIPELINED; sequence++) {
        const value = values[sent.length]!
        stamp(value, sequence)
        sent.push(client.xAdd(STREAM, '*', { value }))
      }
      await Promise.all(sent)
    }
  }
  await context.sync('connected')
  await context.warmUp(() => produceMore(lapRecords))
  await context.sync(WARM)
  await produceMore(records)
  await client.close()
}

async function consume(context: RoleContext<Task>): Promise<Consumed> {
  const { lapRecords, records } = context.data
  const client = await clientOf(context.data)
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  let id: string | Buffer = '0'
  const consumeMore = async (count: number): Promise<void> => {
    for (const end = checker.count + count; checker.count < end;) {
      const from = { key: STREAM, id }
      const read = await client.xRead(from, { COUNT: RECORDS_A_READ, BLOCK: BLOCK_MS })
      const messages =
        (read as Array<{ messages: Array<{ id: Buffer; message: object }> }> | null)?.[0]
          ?.messages ?? []
      for (const one of messages) {
        const { value } = one.message as { value: Buffer }
        checker.check(value, 0, value.length)
        id = one.id
      }
      context.progress(checker.count)
    }
  }
  await context.sync('connected')
  await context.warmUp(() => consumeMore(lapRecords))
  await context.sync(WARM)
  await consumeMore(records)
  const finishedAtMs = context.nowMs()
  await client.close()
  return { tally: checker.tally, finishedAtMs }
}

/** What is a log as well, in a process of its own: every record goes through two sockets. */
export default defineScenario({
  name: 'rival-redis',
  description:
    'a stream of Redis on this machine: XADD, 200 at once, and XREAD of 1,000; nothing on disk',
  outside: 'redis',
  parameters: { records: 200_000, recordSizeBytes: 100 },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: { producer: produce, consumer: consume },
  run: async (stage) => {
    const records = stage.number('records')
    const lapRecords = lapOf(records)
    const server = await RedisServer.start()
    try {
      const task: Task = { port: server.port, lapRecords, records }
      const consuming = stage.start<Consumed>('consumer', task)
      const producing = stage.start<void>('producer', task)
      await stage.sync('connected')
      const laps = await stage.warmUp(lapRecords)
      const startedAtMs = await stage.sync(WARM)
      const { tally, finishedAtMs } = await consuming.result
      await producing.result
      assertTally([tally], [expectedTally(0, laps * lapRecords + records)])
      const bytes = records * stage.number('recordSizeBytes')
      // Without its processor time: half of it is the server's.
      return { records, bytes, elapsedMs: finishedAtMs - startedAtMs }
    } finally {
      await server.close()
    }
  },
})
