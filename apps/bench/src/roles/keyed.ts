import type { RoleContext } from '../define-scenario.ts'
import { work } from '../handlers/work.ts'
import { ZipfKeys } from '../metrics/zipf-keys.ts'
import { consumeAll, type Consumed, type ConsumerTask } from './consuming.ts'
import { produceWithKeys, type ProducerTask } from './producing.ts'

export const KEYS = 10_000
/** What a record keeps its consumer busy for. */
export const WORK_MICROS = 5

/** A producing role: each lap has the same keys, drawn by Zipf's law. */
export async function produceKeyed(context: RoleContext<ProducerTask>): Promise<void> {
  const { lapRecords } = context.data
  const { keys, draws } = new ZipfKeys(KEYS, lapRecords)
  await produceWithKeys(context, (sequence) => keys[draws[sequence % lapRecords]!]!)
}

/**
 * A consuming role: works for each record, and holds it against the one before of the same key.
 *
 * @throws Error where a key comes out of its order, or in a partition that is not its own.
 */
export async function consumeKeyed(context: RoleContext<ConsumerTask>): Promise<Consumed> {
  const partitionOf = new ZipfKeys(KEYS, 0).partitionsOf(context.number('partitions'))
  const lastSequences = new Int32Array(KEYS).fill(-1)
  return consumeAll(context, (records, checker, consumer) => {
    const cursor = consumer.cursor(records)
    while (cursor.next()) {
      const { bytes, keyStart, keyLength, valueStart, valueLength, partition } = cursor
      checker.check(bytes, valueStart, valueLength, partition)
      const key = ZipfKeys.keyAt(bytes, keyStart, keyLength)
      const sequence = new DataView(bytes.buffer, bytes.byteOffset).getInt32(valueStart, true)
      if (partitionOf[key] !== partition || !(sequence > lastSequences[key]!)) {
        throw new Error(`key ${key}: ${sequence} in partition ${partition} is out of order`)
      }
      lastSequences[key] = sequence
      work(bytes.subarray(valueStart, valueStart + valueLength), WORK_MICROS)
    }
  })
}
