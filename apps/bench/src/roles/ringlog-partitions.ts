import { Consumer, Producer, type LogClient, type TopicPartition } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
} from '../metrics/stamped-value.ts'
import { LapClock, WrittenLaps, type ComparedClient, type ComparedWork } from './compared-client.ts'

/** How many topics records are spread over, and over how many partitions of each. */
interface SpreadOver {
  readonly topics: number
  readonly partitions: number
}

/**
 * Ringlog's producer on a cluster, a record to each partition in turn: as records with keys go, at its worst. Each
 * topic has a number of its own in its values, by which their order is checked.
 */
export function spreadProducing(spread: SpreadOver) {
  return async (work: ComparedWork): Promise<ComparedClient> => {
    const client = await openTopics(work, spread)
    const producer = new Producer(client, { batchSizeBytes: work.batchSizeBytes })
    const laps = new WrittenLaps(spreadWriter(producer, work, spread))
    return {
      lap: laps.lap,
      async close() {
        let found = 0
        for (let topic = 0; topic < spread.topics; topic++) {
          const logs = await client.offsets(topicOf(work, topic))
          found += logs.reduce((sum, { endOffset }) => sum + endOffset, 0)
        }
        const { written } = laps
        if (found !== written) throw new Error(`the logs have ${found} records, sent ${written}`)
        await client.close()
      },
    }
  }
}

/** Ringlog's consumer on a cluster, all partitions from their beginning, by a cursor. */
export function spreadConsuming(spread: SpreadOver) {
  return async (work: ComparedWork): Promise<ComparedClient> => {
    const client = await openTopics(work, spread)
    const producer = new Producer(client, { batchSizeBytes: work.batchSizeBytes })
    await spreadWriter(producer, work, spread)(0, work.storedRecords)
    await producer.close()
    const consumer = new Consumer(client, { maxPollRecords: Infinity })
    return {
      async lap() {
        // From what a poll has handed out, records are read again without a fetch: so nothing is kept of the lap before.
        await consumer.assign([])
        await consumer.assign(partitionsOf(work, spread))
        const checker = new StampChecker(work.recordSizeBytes, spread.topics)
        const clock = new LapClock()
        // From many partitions, much comes at once with the first record: that counts as well.
        clock.start()
        await consumer.seekToBeginning()
        while (checker.count < work.storedRecords) {
          checker.checkAll(consumer.cursor(await consumer.poll()))
        }
        const { lap } = clock
        assertTally([checker.tally], [expectedTally(0, work.storedRecords)])
        return lap
      },
      close: () => client.close(),
    }
  }
}

async function openTopics(
  work: ComparedWork,
  { topics, partitions }: SpreadOver,
): Promise<LogClient> {
  const client = await connectCluster({ bootstrapServers: work.bootstrapServer })
  for (let topic = 0; topic < topics; topic++) {
    await client.createTopic(topicOf(work, topic), { partitions })
  }
  return client
}

function topicOf({ topic }: ComparedWork, index: number): string {
  return `${topic}-${index}`
}

function partitionsOf(work: ComparedWork, { topics, partitions }: SpreadOver): TopicPartition[] {
  return Array.from({ length: topics * partitions }, (_, i) => ({
    topic: topicOf(work, i % topics),
    partition: Math.floor(i / topics),
  }))
}

/** Writes the sequences from `first` on, up to `end`, each to the partition after that of the one before. */
function spreadWriter(
  producer: Producer,
  work: ComparedWork,
  spread: SpreadOver,
): (first: number, end: number) => Promise<void> {
  // Whatever is in it is copied before `write` returns, so it can be used again.
  const records = partitionsOf(work, spread).map((at, i) => {
    return { ...at, value: Buffer.from(patternValue(work.recordSizeBytes, i % spread.topics)) }
  })
  const setSequence = stamp // an import is looked up through its module for every record
  return async (first, end) => {
    for (let sequence = first; sequence < end; sequence++) {
      const record = records[sequence % records.length]!
      setSequence(record.value, sequence)
      if (!producer.write(record)) await producer.drained()
    }
    await producer.flush()
  }
}
