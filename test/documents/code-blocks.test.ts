import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CODE_BLOCKS, ROOT, codeBlocksOf, type CodeBlock } from './markdown.ts'

/** Within the repository, so that the packages are found as in a user's project: built. */
const FOLDER = join(ROOT, 'test/documents/.extracted')

const TSCONFIG = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: {
    customConditions: [],
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
  },
  include: ['**/*.ts'],
}

/** A block whose first line names its file is found by that name from the other blocks of its document. */
const NAME = /^\/\/ ([\w.-]+\.ts)\n/

const programs = CODE_BLOCKS.filter(({ language }) => language === 'ts').map((block) => {
  const folder = join(FOLDER, block.file.replaceAll(/[/.]/g, '-'))
  const fileName = NAME.exec(block.text)?.[1] ?? `line-${block.line}.ts`
  return { block, name: `${block.file}:${block.line}`, fileName, path: join(folder, fileName) }
})

/** What is run by itself: not what another block of its document imports, or starts. */
const started = programs.filter(
  ({ block, fileName }) =>
    !codeBlocksOf(block.file).some(
      ({ line, text }) => line !== block.line && text.includes(`./${fileName}`),
    ),
)

/** How a program is run: as its users would. */
function commandOf({ block, path }: (typeof programs)[number]): [command: string, ...string[]] {
  const isForVitest = block.text.includes("from 'vitest'")
  return isForVitest ? ['vitest', 'run', '--root', dirname(path), path] : ['node', path]
}

function run(
  command: string,
  args: string[],
): Promise<{ output: string; exitCode: number | null }> {
  const child = spawn(command, args, { cwd: FOLDER, timeout: 60_000 })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ output, exitCode }))
  })
}

/** What a program prints stands in the block after it, if that is one of text. */
function promisedOutput({ file, line }: CodeBlock): string | null {
  const next = codeBlocksOf(file).find((block) => block.line > line)
  return next?.language === 'text' ? next.text : null
}

describe('the programs in the documents', () => {
  beforeAll(async () => {
    await rm(FOLDER, { recursive: true, force: true })
    await mkdir(FOLDER, { recursive: true })
    await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify(TSCONFIG))
    for (const { block, path } of programs) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, block.text)
    }
  })

  afterAll(async () => {
    await rm(FOLDER, { recursive: true, force: true })
  })

  test('are there: the README has two at least', () => {
    const inReadme = programs.filter(({ block }) => block.file === 'README.md')
    expect(inReadme.length).toBeGreaterThanOrEqual(2)
  })

  test('have the types that they need', async () => {
    const { output, exitCode } = await run('tsc', ['--project', FOLDER])
    expect(output).toBe('')
    expect(exitCode).toBe(0)
  }, 60_000)

  test.concurrent.each(started)(
    '$name runs, and prints what it promises',
    async (program) => {
      const [command, ...args] = commandOf(program)
      const { output, exitCode } = await run(command, args)
      expect(exitCode, output).toBe(0)
      const promised = promisedOutput(program.block)
      if (promised !== null) expect(output).toBe(promised)
    },
    60_000,
  )
})
