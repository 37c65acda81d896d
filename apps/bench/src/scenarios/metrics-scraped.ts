import { Broker, Consumer, Producer, prometheusMetrics } from 'ringlog'
import { defineScenario, type Measurement, type Stage } from '../define-scenario.ts'

const TOPIC = 'bench'
const GROUPS = ['billing', 'mails', 'search']
const WARM_UP_SCRAPES = 100

/** What a scrape takes of the process, and so what one a second takes of a core. */
export default defineScenario({
  name: 'metrics-scraped',
  description: 'prometheusMetrics of 8 partitions, 3 groups and 6 clients; a record is a scrape',
  isDefault: false,
  parameters: { records: 1_000, partitions: 8 },
  fixed: { producers: 3, consumers: GROUPS.length },
  roles: {},
  run,
})

async function run(stage: Stage): Promise<Measurement> {
  const scrapes = stage.number('records')
  const partitions = stage.number('partitions')
  const broker = await Broker.start()
  await broker.createTopic(TOPIC, { partitions })
  for (const groupId of GROUPS) {
    const producer = new Producer(broker, { clientId: `to-${groupId}` })
    for (let i = 0; i < 100; i++)
      producer.write({ topic: TOPIC, key: `${groupId}-${i}`, value: '' })
    await producer.flush()
  }
  for (const groupId of GROUPS) {
    const consumer = new Consumer(broker, { groupId, clientId: groupId })
    await consumer.subscribe([TOPIC])
    await consumer.poll()
  }
  const scrape = async (): Promise<void> => {
    const text = await prometheusMetrics(broker)
    for (const groupId of GROUPS) if (!text.includes(groupId)) throw new Error(`no ${groupId}`)
  }
  for (let i = 0; i < WARM_UP_SCRAPES; i++) await scrape()
  const cpuAtStart = process.cpuUsage()
  const startedAtMs = stage.nowMs()
  for (let i = 0; i < scrapes; i++) await scrape()
  const elapsedMs = stage.nowMs() - startedAtMs
  const { user, system } = process.cpuUsage(cpuAtStart)
  await broker.close()
  const cpuMicros = user + system
  return {
    records: scrapes,
    elapsedMs,
    cpuMicros,
    ratios: { 'a scrape each second / a core': cpuMicros / scrapes / 1_000_000 },
  }
}
