import { RESP_TYPES, createClient } from '@redis/client'
import { RedisServer } from '../outside/redis-server.ts'
import { serverRival } from './server-rival.ts'
import { StampedValues, inPortions } from './stamped-values.ts'

const STREAM = 'bench'
/** So many are written before their answers are awaited: the client sends them at once. */
const PIPELINED = 200
const RECORDS_A_READ = 1_000
const BLOCK_MS = 1_000

async function clientOf(port: number) {
  const client = createClient({ socket: { host: '127.0.0.1', port } })
  await client.connect()
  return client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
}

/** What is a log as well, in a process of its own: every record goes through two sockets. */
export default serverRival({
  name: 'rival-redis',
  description:
    'a stream of Redis on this machine: XADD, 200 at once, and XREAD of 1,000; nothing on disk',
  outside: 'redis',
  records: 200_000,
  start: () => RedisServer.start(),
  producer: async (port, recordSizeBytes) => {
    const client = await clientOf(port)
    const values = new StampedValues(recordSizeBytes)
    return {
      move: async (count) => {
        for (const portion of inPortions(count, PIPELINED)) {
          await Promise.all(
            values.next(portion).map((value) => client.xAdd(STREAM, '*', { value })),
          )
        }
      },
      close: () => client.close(),
    }
  },
  consumer: async (port, checker) => {
    const client = await clientOf(port)
    let id: string | Buffer = '0'
    return {
      move: async (count) => {
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
        }
      },
      close: () => client.close(),
    }
  },
})
