/** Runs every example, one after the other, as a user would; each checks itself. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const EXAMPLES = [
  '01-article/main.ts',
  '02-line-count/main.ts',
  '03-pipeline/main.ts',
  '04-own-partitioner/main.ts',
  '05-consumer-group/main.ts',
  '06-backpressure/main.ts',
  '07-worker-pool/main.ts',
  '08-http-server/main.ts',
  '09-experiment/main.ts',
  '10-runner/main.ts',
  '11-prometheus/main.ts',
  '12-opentelemetry/main.ts',
  '13-durable-jobs/main.ts',
  '14-compacted-table/main.ts',
  '15-mirror/main.ts',
  'short/hand-out.ts',
  'short/commit-and-replay.ts',
  'short/load-shedding.ts',
  'short/serdes.ts',
  'short/stop-waiting.ts',
  'short/time-and-deletion.ts',
  'short/full-ring.ts',
  'short/retention.ts',
  'short/compression.ts',
  'short/delivery-errors.ts',
  'short/cursor.ts',
  'short/blocking-thread.ts',
  'short/watching.ts',
]

const folder = import.meta.dirname
const present = [
  ...readdirSync(folder)
    .filter((name) => /^\d\d-/.test(name))
    .map((name) => `${name}/main.ts`),
  ...readdirSync(`${folder}/short`)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `short/${name}`),
]
const unlisted = present.filter((name) => !EXAMPLES.includes(name))
if (unlisted.length > 0) throw new Error(`not in the list of examples: ${unlisted.join(', ')}`)

for (const example of EXAMPLES) {
  console.log(`\n── examples/${example} ──\n`)
  const { status, signal } = spawnSync('tsx', [example], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (status !== 0) {
    throw new Error(`examples/${example} failed: exitCode=${status} signal=${signal}`)
  }
}
