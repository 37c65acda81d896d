import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CODE_BLOCKS, ROOT } from './markdown.ts'

/** Within the repository, so that the packages are found as in a user's project: built. */
const FOLDER = join(ROOT, 'test/documents/.scaled')
const COUNT = /^const N = [\d_]+/m

/** The programs that say how many records they take: what a reader changes first. */
const programs = CODE_BLOCKS.filter(({ language, text }) => language === 'ts' && COUNT.test(text))

/** The last line of what a program prints. */
function run(path: string): Promise<{ last: string; exitCode: number | null }> {
  const child = spawn('node', [path], { cwd: FOLDER, timeout: 170_000 })
  let tail = ''
  const take = (chunk: Buffer): void => {
    tail = (tail + String(chunk)).slice(-2_000)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ last: tail.trim().split('\n').at(-1)!, exitCode }))
  })
}

beforeAll(() => mkdir(FOLDER, { recursive: true }))
afterAll(() => rm(FOLDER, { recursive: true, force: true }))

test('there are programs in the README that can be scaled', () => {
  expect(programs.filter(({ file }) => file === 'README.md')).toHaveLength(2)
})

test.each([
  ['order 300000: created paid sent', programs[0]!],
  ["the other thread's sum is 45000150000", programs[1]!],
])(
  'with 300,000 records a program ends by itself, and says: %s',
  async (promised, { file, line, text }) => {
    const path = join(FOLDER, `${file}-${line}.ts`)
    await writeFile(path, text.replace(COUNT, 'const N = 300_000'))
    expect(await run(path)).toEqual({ last: promised, exitCode: 0 })
  },
  180_000,
)
