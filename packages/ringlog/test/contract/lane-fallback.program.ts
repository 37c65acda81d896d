/**
 * A program that sends, on a transport that its first argument names, and prints what became of every
 * record, and how many lanes it got. With a second argument its address space ends, once all is
 * prepared, that many bytes further: then the memory of a lane is really not to be had.
 */
import { Broker, Consumer, Producer, RinglogError, type Transport } from 'ringlog'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const LANE_BYTES = 512 * 1024 * 1024
const SMALL_RING_BYTES = 64 * 1024
const [transport, addressSpaceLeft] = process.argv.slice(2)

const lanes = { made: 0, refused: 0 }
globalThis.SharedArrayBuffer = new Proxy(SharedArrayBuffer, {
  construct(target, args: [number]) {
    const isLane = args[0] >= LANE_BYTES
    try {
      const memory = new target(...args)
      if (isLane) lanes.made++
      return memory
    } catch (error) {
      if (isLane) lanes.refused++
      throw error
    }
  },
})

function limitAddressSpace(leftBytes: number): void {
  const status = readFileSync('/proc/self/status', 'utf8')
  const usedBytes = Number(/^VmSize:\s*(\d+) kB$/m.exec(status)![1]) * 1024
  execFileSync('prlimit', [`--pid=${process.pid}`, `--as=${usedBytes + leftBytes}`])
}

async function outcomeOf(sent: Promise<{ partition: number; offset: number }>): Promise<unknown> {
  try {
    const { partition, offset } = await sent
    return [partition, offset]
  } catch (error) {
    return RinglogError.is(error) ? [error.code, error.message] : String(error)
  }
}

const broker = await Broker.start()
await broker.createTopic('orders', { partitions: 2, ringBytes: 1024 * 1024 })
await broker.createTopic('bounded', { ringBytes: SMALL_RING_BYTES, whenFull: 'reject' })
const consumer = new Consumer(broker, { clientId: 'reader' })
await consumer.assign([
  { topic: 'orders', partition: 0 },
  { topic: 'orders', partition: 1 },
  { topic: 'bounded', partition: 0 },
])
const producer = new Producer(broker, {
  transport: transport as Transport,
  clientId: 'writer',
  batchSizeBytes: LANE_BYTES / 4,
  bufferMemoryBytes: 4 * LANE_BYTES,
  retryBackoffMs: 1,
})
if (addressSpaceLeft !== undefined) limitAddressSpace(Number(addressSpaceLeft))

// Several batches at a time, records that are too large for any, and a ring that is full for a while.
const outcomes: unknown[] = []
const values: string[] = []
const orders = Array.from({ length: 500 }, (_, i) => {
  const value = `${i}:`.padEnd(i % 50 === 7 ? 300_000 : 10 * (i % 40), '.')
  return outcomeOf(producer.send({ topic: 'orders', value }))
})
outcomes.push(...(await Promise.all(orders)))
for (let i = 0; i < 80; i++) {
  const value = `${i}`.padEnd(1000, '.')
  outcomes.push(await outcomeOf(producer.send({ topic: 'bounded', value })))
}
const appended = outcomes.filter((outcome) => typeof (outcome as unknown[])[0] === 'number')
while (values.length < appended.length) {
  for (const { topic, partition, offset, value } of await consumer.poll({ timeoutMs: 5_000 })) {
    values.push(`${topic}-${partition} ${offset} ${String(value)}`)
  }
}
outcomes.push(await outcomeOf(producer.send({ topic: 'bounded', value: 'has room again' })))
process.stdout.write(JSON.stringify({ lanes, outcomes, values: values.toSorted() }))
await broker.close()
