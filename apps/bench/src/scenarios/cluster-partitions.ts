import { spreadConsuming, spreadProducing } from '../roles/ringlog-partitions.ts'
import { clusterComparedScenario, medianLap } from './cluster-compared.ts'

const MANY = { topics: 20, partitions: 10 }
const ONE = { topics: 1, partitions: 1 }

/** What many partitions cost: as much is produced to one and to 200, and as much consumed. */
export default clusterComparedScenario({
  name: 'cluster-partitions',
  description:
    '200 partitions in 20 topics on a real Kafka, a record to each in turn, beside one partition; memory',
  parameters: { records: 300_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
  clients: {
    producingMany: spreadProducing(MANY),
    producingOne: spreadProducing(ONE),
    consumingMany: spreadConsuming(MANY),
    consumingOne: spreadConsuming(ONE),
  },
  stored: 'own',
  measure: (laps, { scenario, records, bytes }) => {
    const [producing, producingOne, consuming, consumingOne] = [
      medianLap(laps['producingMany']!),
      medianLap(laps['producingOne']!),
      medianLap(laps['consumingMany']!),
      medianLap(laps['consumingOne']!),
    ]
    const rate = (elapsedMs: number): number => Math.round((records / elapsedMs) * 1000)
    return {
      records,
      bytes,
      elapsedMs: producing.elapsedMs,
      cpuMicros: producing.cpuMicros,
      figures: {
        producedToOnePerSecond: rate(producingOne.elapsedMs),
        consumedPerSecond: rate(consuming.elapsedMs),
        consumedFromOnePerSecond: rate(consumingOne.elapsedMs),
        // Of all four clients together, which are in one process.
        peakRssMebibytes: process.resourceUsage().maxRSS / 1024,
      },
      ratios: {
        [`${scenario}: produce, 200 / 1`]: producingOne.elapsedMs / producing.elapsedMs,
        [`${scenario}: consume, 200 / 1`]: consumingOne.elapsedMs / consuming.elapsedMs,
      },
      cpuRatios: {
        [`${scenario}: produce, 200 / 1`]: producingOne.cpuMicros / producing.cpuMicros,
        [`${scenario}: consume, 200 / 1`]: consumingOne.cpuMicros / consuming.cpuMicros,
      },
    }
  },
})
