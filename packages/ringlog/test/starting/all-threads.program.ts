/** Starts every kind of thread that Ringlog has, and says so; also read by Node.js from a string. */
import { Broker, Consumer, ConsumerPool, Producer } from 'ringlog'

const broker = await Broker.start()
await broker.createTopic('numbers', { partitions: 2, ringBytes: 65_536 })
const producer = new Producer(broker)
for (let i = 0; i < 10; i++) producer.write({ topic: 'numbers', value: String(i) })
await producer.flush()
const consumer = new Consumer(broker)
await consumer.assign([0, 1].map((partition) => ({ topic: 'numbers', partition })))
const { count } = await consumer.poll({ timeoutMs: 5_000 })
const pool = await ConsumerPool.start(broker, {
  groupId: 'echo',
  topics: ['numbers'],
  threads: 1,
  handler: process.cwd() + '/test/starting/echo.worker.ts',
})
const echo = await pool.run({ topic: 'numbers', value: 'echo' })
console.log(`consumed ${count}, answered ${String(echo)}`)
await broker.close()
