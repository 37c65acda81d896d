import { KafkaBroker } from '../outside/kafka-broker.ts'
import { serverRival } from './server-rival.ts'
import { StampedValues, inPortions } from './stamped-values.ts'

const TOPIC = 'bench'
/** With 100 bytes each some 64 KiB. */
const MESSAGES_AT_A_TIME = 600
/** As Kafka's own producer. */
const IN_FLIGHT = 5
const MAX_WAIT_MS = 10

/** Kafka from Node.js, by the fastest client that there is: through two sockets, a JVM and the page cache. */
export default serverRival({
  name: 'rival-kafka-node',
  description:
    'a real Kafka on this machine by @platformatic/kafka: acks all, 600 a call, 5 in flight, a stream',
  outside: 'kafka',
  packages: ['@platformatic/kafka'],
  records: 1_000_000,
  start: async () => {
    const broker = await KafkaBroker.start()
    await broker.createTopic(TOPIC)
    return broker
  },
  producer: async (port, recordSizeBytes) => {
    const { Producer, ProduceAcks } = await import('@platformatic/kafka')
    const producer = new Producer({ clientId: TOPIC, bootstrapBrokers: [`127.0.0.1:${port}`] })
    const values = new StampedValues(recordSizeBytes)
    return {
      move: async (count) => {
        const inFlight: Array<Promise<unknown>> = []
        for (const portion of inPortions(count, MESSAGES_AT_A_TIME)) {
          const messages = values.next(portion).map((value) => ({ topic: TOPIC, value }))
          inFlight.push(producer.send({ messages, acks: ProduceAcks.ALL }))
          if (inFlight.length === IN_FLIGHT) await inFlight.shift()
        }
        await Promise.all(inFlight)
      },
      close: () => producer.close(),
    }
  },
  consumer: async (port, checker) => {
    const { Consumer } = await import('@platformatic/kafka')
    const consumer = new Consumer({
      groupId: TOPIC,
      clientId: TOPIC,
      bootstrapBrokers: [`127.0.0.1:${port}`],
    })
    const stream = await consumer.consume({
      topics: [TOPIC],
      mode: 'earliest',
      autocommit: false,
      maxWaitTime: MAX_WAIT_MS,
    })
    const messages = stream[Symbol.asyncIterator]()
    return {
      move: async (count) => {
        for (let left = count; left > 0; left--) {
          const { value: message } = await messages.next()
          const value = message!.value
          checker.check(value, 0, value.length)
        }
      },
      close: () => consumer.close(true),
    }
  },
})
