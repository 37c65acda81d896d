import { expect, test } from 'vitest'
import { DISRUPTOR_LIBRARIES } from '../../src/outside/disruptor-libraries.ts'
import { KAFKA_LIBRARIES } from '../../src/outside/kafka-libraries.ts'
import { RedisServer } from '../../src/outside/redis-server.ts'
import { bench } from '../bench-rig.ts'

// Fetches them, where Java and Maven are there; the bench itself says why it skips them where not.
const [disruptor, kafka] = [await DISRUPTOR_LIBRARIES.prepare(), await KAFKA_LIBRARIES.prepare()]
const redis = await RedisServer.prepare()

test.skipIf(disruptor !== null)(
  'the Disruptor takes and gives every record, however it waits',
  async () => {
    const waits = ['blocking', 'sleeping', 'yielding', 'busy-spin']
    const names = waits.map((wait) => `rival-disruptor-${wait}`)
    const line = `--scenario ${names.join(',')} --runs 1 --records 20000 --record-size 50`
    const { scenarios } = await bench(line)
    expect(scenarios.map(({ name, verified }) => [name, verified])).toEqual(
      names.map((name) => [name, true]),
    )
    for (const { warmUp, cpuMicrosPerRecord } of scenarios) {
      expect(warmUp!.records.min).toBeGreaterThanOrEqual(40_000)
      expect(cpuMicrosPerRecord).toBeGreaterThanOrEqual(0)
    }
  },
  120_000,
)

test.skipIf(kafka !== null).each(['rival-kafka', 'rival-kafka-node'])(
  'a real Kafka takes what %s sends',
  async (name) => {
    const { scenarios } = await bench(`--scenario ${name} --runs 1 --records 20000`)
    expect(scenarios[0]).toMatchObject({ name, verified: true })
    expect(scenarios[0]!.recordsPerSecond!.median).toBeGreaterThan(0)
  },
  120_000,
)

test.skipIf(redis !== null).each(['rival-redis', 'rival-bullmq'])(
  'Redis gives every record in its order: %s',
  async (name) => {
    const { scenarios } = await bench(`--scenario ${name} --runs 1 --records 2000`)
    expect(scenarios[0]).toMatchObject({ name, verified: true })
    expect(scenarios[0]!.recordsPerSecond!.median).toBeGreaterThan(0)
  },
  120_000,
)
