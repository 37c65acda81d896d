import { Command } from 'commander'
import { randomInt } from 'node:crypto'
import { wholeNumber } from '../whole-number.ts'
import { runCrashes } from './run-crashes.ts'

const command = new Command('npm run crashes --')
  .description(
    'Kills a process that works on a data directory, again and again, and checks that nothing acknowledged is lost.',
  )
  .option('--kills <n>', 'how often', wholeNumber(1), 50)
  .option('--seed <n>', 'decides loads and times; without it a fresh one', wholeNumber(0))
  .option('--flush-messages <n>', 'as of the topic; without it, the system syncs', wholeNumber(1))
  .option('--deletes', 'delete old records: by deleteRecords(), and by retentionBytes', false)
  .option('--compacts', 'with a compacted topic', false)
  .option(
    '--dump-every <n>',
    "after so many kills, and at the end, Kafka's DumpLogSegments reads all files (it takes Java and mvn)",
    wholeNumber(1),
  )
  .allowExcessArguments(false)
  .parse()
const {
  kills,
  seed = randomInt(2 ** 32),
  flushMessages = null,
  deletes,
  compacts,
  dumpEvery = null,
} = command.opts<{
  kills: number
  seed?: number
  flushMessages?: number
  deletes: boolean
  compacts: boolean
  dumpEvery?: number
}>()
const task = { kills, seed, flushMessages, deletes: deletes && !compacts, compacts, dumpEvery }

console.log(`seed ${seed}`)
const { faults, counts, folder } = await runCrashes(task, (count) => {
  if (count % 10 === 0) console.log(`${count} of ${kills} kills`)
})
console.log(
  `${counts.records} records found, ${counts.acknowledged} acknowledged, ` +
    `${counts.unacknowledgedKept} kept without, ${counts.commits} commits`,
)
if (dumpEvery !== null) {
  console.log(
    counts.dumps > 0
      ? `all files read by DumpLogSegments ${counts.dumps} times`
      : 'DumpLogSegments was skipped: there is no Java, or no mvn',
  )
}
for (const fault of faults) console.log(fault)
console.log(faults.length === 0 ? 'nothing acknowledged was lost' : `see ${folder}`)
if (faults.length > 0) process.exitCode = 1
