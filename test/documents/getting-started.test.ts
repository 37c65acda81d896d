import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT, codeBlocksOf } from './markdown.ts'

/** Within the repository, so that the packages are found as in a user's project: built. */
const FOLDER = join(ROOT, 'test/documents/.started')

const blocks = codeBlocksOf('docs/getting-started.md')
const program = blocks.find(({ language }) => language === 'ts')!
const output = blocks.find(({ language }) => language === 'text')!

beforeAll(() => mkdir(FOLDER, { recursive: true }))
afterAll(() => rm(FOLDER, { recursive: true, force: true }))

test.each([
  ['tsx', 'first.ts'],
  ['node', 'first.mjs'],
])('the first program runs by %s as %s', async (command, file) => {
  await writeFile(join(FOLDER, file), program.text)
  const { stdout } = await promisify(execFile)(command, [file], { cwd: FOLDER })
  expect(stdout).toBe(output.text)
})
