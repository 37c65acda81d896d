/**
 * A program with nothing but a poll that waits, for a thread that the process does not wait for: it
 * is to print the record that the thread sends, and then to end.
 */
import { Broker, Consumer, Producer, connect } from 'ringlog'
import { Worker, isMainThread } from 'node:worker_threads'

const topic = 'orders'
if (isMainThread) {
  const broker = await Broker.start()
  await broker.createTopic(topic)
  broker.unref()
  const consumer = new Consumer(broker)
  await consumer.assign([{ topic, partition: 0 }])
  new Worker(new URL(import.meta.url)).unref()
  for (const { value } of await consumer.poll()) process.stdout.write(`${String(value)}\n`)
} else {
  const producer = new Producer(await connect())
  await new Promise((resolve) => setTimeout(resolve, 200))
  await producer.send({ topic, value: 'came' })
}
