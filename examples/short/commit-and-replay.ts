/** What a group has committed, where its next consumer goes on, and how to read all again. */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer } from 'ringlog'

await using broker = await Broker.start()
await broker.createTopic('orders')
const at = { topic: 'orders', partition: 0 }

const producer = new Producer(broker)
for (let i = 0; i < 10; i++) producer.write({ topic: 'orders', value: `order ${i}` })
await producer.flush()

async function threeOffsets(when: string): Promise<number[]> {
  const [offsets] = await broker.offsets('orders', 'billing')
  const { logEndOffset, currentOffset, committedOffset } = offsets!
  console.log(
    `${when}: log end ${logEndOffset}, current ${currentOffset}, committed ${committedOffset}`,
  )
  return [logEndOffset, currentOffset, committedOffset]
}

const config = { groupId: 'billing', autoCommit: false, maxPollRecords: 6 }
const first = new Consumer(broker, config)
await first.subscribe(['orders'])
await first.poll()
assert.deepEqual(await threeOffsets('after a poll of 6'), [9, 5, -1])

// A commit names the next offset to read, as in Kafka: 4 says that 0 … 3 are done.
await first.commit([{ ...at, offset: 4 }])
assert.deepEqual(await threeOffsets('after a commit  '), [9, 5, 3])
await first.close()

// Commits outlive the consumer. Records 4 and 5 were handed out but not committed: they come again.
const second = new Consumer(broker, config)
await second.subscribe(['orders'])
assert.equal(await second.committed(at), 4)
const [again] = await second.poll()
assert.equal(again?.offset, 4)
console.log(`the next consumer of the group starts with ${String(again?.value)}`)

// A seek moves the position alone; what is committed stays.
second.seek(at, 0)
const [replayed] = await second.poll()
assert.equal(replayed?.offset, 0)
assert.equal(await second.committed(at), 4)
console.log(
  `after a seek it reads ${String(replayed?.value)} again; committed is still 4, the next offset`,
)
