import { Consumer, type Broker } from 'ringlog'
import { KEYS } from './load/produce.ts'
import type { Sample } from './sample.ts'
import { COMPACTED } from './topics.ts'
import type { Judgement } from './verdict.ts'

/** Reads the compacted topic from its start: is each key there, and was it compacted to the end? */
export async function judgeCompacted(
  broker: Broker,
  samples: readonly Sample[],
): Promise<Judgement[]> {
  const consumer = new Consumer(broker, { maxPollRecords: Infinity })
  const { partitions } = await broker.describeTopic(COMPACTED)
  await consumer.assign(partitions.map(({ partition }) => ({ topic: COMPACTED, partition })))
  const ends = await consumer.endOffsets(consumer.assignment())
  const keys = new Set<string>()
  let kept = 0
  while (ends.some((at) => consumer.position(at) < at.offset)) {
    for (const { key } of await consumer.poll()) {
      keys.add(String(key))
      kept++
    }
  }
  await consumer.close()
  const written = ends.reduce((sum, { offset }) => sum + offset, 0)
  const roundsBy = (share: number): number =>
    samples[Math.floor((samples.length - 1) * share)]?.compactions ?? 0
  return [
    {
      what: 'each key of the compacted topic is there',
      isKept: keys.size === KEYS,
      facts: `${keys.size} of ${KEYS}, in ${kept} records of ${written}`,
    },
    {
      what: 'compaction goes on',
      isKept: roundsBy(1) > roundsBy(2 / 3),
      facts: `${roundsBy(2 / 3)} rounds after two thirds of the time, ${roundsBy(1)} at the end`,
    },
  ]
}
