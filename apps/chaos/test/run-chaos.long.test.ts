import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runChaos } from '../src/run-chaos.ts'

let folder: string
let printed: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringlog-chaos-'))
  printed = ''
  vi.spyOn(console, 'log').mockImplementation((line: string) => void (printed += `${line}\n`))
})

afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

test('runs the programs of a seed, says which, and finds no anomaly', async () => {
  const isClean = await runChaos(['--seed', '2', '--program', '7'], folder)
  expect(isClean, printed).toBe(true)
  const [name] = await readdir(folder)
  expect(name).toBe('clean-seed-2-program-7.jsonl')
  expect(printed).toMatch(/^seed 2\nprogram 7: .*\n( {2}at \d+\.\d\d s: .*\n)+ {2}history: .*\n/)
  expect(printed).toContain(`  history: ${join(folder, name!)}\n`)
  expect(printed).toMatch(/\nseed 2: 1 runs, \d+ records sent, .*\nseed 2: no anomaly\n$/)
  expect(await readFile(join(folder, name!), 'utf8')).toContain('"type":"fault"')
}, 60_000)

test('a clean history of an earlier run is gone, one with an anomaly stays', async () => {
  for (const name of ['clean-seed-1-program-1.jsonl', 'seed-1-program-2.jsonl']) {
    await writeFile(join(folder, name), '')
  }
  await runChaos(['--seed', '2', '--program', '5', '--faults', 'none'], folder)
  expect((await readdir(folder)).sort()).toEqual([
    'clean-seed-2-program-5.jsonl',
    'seed-1-program-2.jsonl',
  ])
}, 60_000)

test('runs programs of a fresh seed', async () => {
  const isClean = await runChaos(['--seconds', '3'], folder)
  expect(isClean, printed).toBe(true)
}, 60_000)
