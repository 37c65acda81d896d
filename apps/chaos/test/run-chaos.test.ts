import { mkdtemp, readdir, rm } from 'node:fs/promises'
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
  expect(printed).toMatch(
    /^seed 2\nprogram 7: .*\nseed 2: 1 runs, \d+ events checked, no anomaly\n$/,
  )
  expect(await readdir(folder)).toEqual([])
}, 60_000)

test('runs programs of a fresh seed', async () => {
  const isClean = await runChaos(['--seconds', '3'], folder)
  expect(isClean, printed).toBe(true)
}, 60_000)
