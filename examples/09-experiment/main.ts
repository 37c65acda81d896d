/** Has the bench run the experiment with each wait strategy and batch size, in turn, and draws what came of it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchReport } from '@ringlog/bench'

const AXES = ['wait=park,spinThenPark,busySpin', 'batch-size=4096,65536']
const WIDTH = 40

const cwd = import.meta.dirname
const experiment = fileURLToPath(new URL('experiment.ts', import.meta.url))
const flags = ['--scenario', experiment, '--runs', '1', '--matrix', ...AXES]
const bench = [...flags, ...process.argv.slice(2)]
const { status } = spawnSync('ringlog-bench', bench, { cwd, stdio: 'inherit' })
assert.equal(status, 0)

const json = readFileSync(join(cwd, 'results/latest.json'), 'utf8')
const { scenarios } = JSON.parse(json) as BenchReport
assert.equal(scenarios.length, 6)
const fastest = Math.max(...scenarios.map((scenario) => scenario.recordsPerSecond!.median))
console.log('\nrecords a second')
for (const { name, recordsPerSecond } of scenarios) {
  const { median } = recordsPerSecond!
  const bar = '█'.repeat(Math.max(1, Math.round((median / fastest) * WIDTH)))
  const label = name.replace('experiment ', '')
  console.log(`${label.padEnd(36)} ${bar} ${(median / 1e6).toFixed(1)} M`)
}
