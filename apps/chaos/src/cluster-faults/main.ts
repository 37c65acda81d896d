import { Command, Option } from 'commander'
import { randomInt } from 'node:crypto'
import { allRunning } from '@ringlog/kafka-tool'
import { describeCounts } from '../count-events.ts'
import { wholeNumber } from '../whole-number.ts'
import { CLUSTER_FAULTS, type ClusterFault } from './cluster-fault.ts'
import { runClusterFaults } from './run-cluster-faults.ts'

const command = new Command('npm run cluster-faults --')
  .description(
    'Has things go wrong on three brokers of a real Kafka, under load, and looks for anomalies in what clients saw.',
  )
  .addOption(
    new Option('--fault <name>', 'which: leader and coordinator are killed, and come back')
      .choices(CLUSTER_FAULTS)
      .makeOptionMandatory(),
  )
  .option('--times <n>', 'how often', wholeNumber(1), 50)
  .option('--seed <n>', 'decides loads, times and places; without it a fresh one', wholeNumber(0))
  .allowExcessArguments(false)
  .parse()
const {
  fault,
  times,
  seed = randomInt(2 ** 32),
} = command.opts<{ fault: ClusterFault; times: number; seed?: number }>()
const kafka = allRunning().find(({ controlPort }) => controlPort !== null)

if (kafka === undefined) {
  console.error('no Kafka of several brokers runs here: npm run kafka -- start --brokers 3')
  process.exitCode = 1
} else {
  console.log(`seed ${seed}`)
  const { anomalies, counts, folder } = await runClusterFaults(
    { kafka, fault, times, seed },
    (struck) => console.log(`${fault}: ${struck} of ${times}`),
  )
  console.log(describeCounts(counts))
  for (const anomaly of anomalies) console.log(anomaly)
  console.log(
    anomalies.length === 0 ? 'no anomalies' : `${anomalies.length} anomalies: see ${folder}`,
  )
  if (anomalies.length > 0) process.exitCode = 1
}
