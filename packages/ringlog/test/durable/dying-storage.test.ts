import { Consumer, Producer } from 'ringlog'
import { SEED } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { at, startDurable, temporaryDirectory, valuesOf } from './rig.ts'

const RECORDS = 3_000

describe('a storage thread that dies', () => {
  test.each([null, 1, 50])(
    `is followed by another, and nobody notices more than a pause; flushMessages %s, seed ${SEED}`,
    async (flushMessages) => {
      const directory = temporaryDirectory()
      const url = new URL(`./mortal-storage.worker.ts?seed=${SEED}`, import.meta.url)
      const broker = await startDurable(directory, { workers: { storageThread: url } })
      await broker.createTopic('orders', {
        ringBytes: 2 ** 16,
        segmentBytes: 2 ** 20,
        flushMessages: flushMessages ?? undefined,
      })
      const values = Array.from({ length: RECORDS }, (_, i) => `${i}-`.padEnd(i % 400, 'x'))
      const producer = new Producer(broker, { acks: 'all' })
      const produce = async (): Promise<void> => {
        for (let i = 0; i < RECORDS; i += 100) {
          const hundred = values.slice(i, i + 100)
          const sent = hundred.map((value) => producer.send({ ...at('orders'), value }))
          expect((await Promise.all(sent)).at(-1)!.offset).toBe(i + 99)
        }
      }
      const consumer = new Consumer(broker, { groupId: 'billing', autoOffsetReset: 'earliest' })
      await consumer.subscribe(['orders'])
      const consume = async (): Promise<void> => {
        for (const read: string[] = []; read.length < RECORDS;) {
          for (const { value } of await consumer.poll({ timeoutMs: 1_000 }))
            read.push(String(value))
          expect(read).toEqual(values.slice(0, read.length))
        }
        await consumer.commit()
      }
      await Promise.all([produce(), consume()])
      await consumer.close()
      await producer.close()
      await broker.close()

      const next = await startDurable(directory)
      expect(await valuesOf(next, at('orders'))).toEqual(values)
      expect(await next.offsets('orders', 'billing')).toMatchObject([{ committed: RECORDS }])
    },
  )
})
