import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** Where the program's own packages are found. */
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))
const FILE = 'test/starting/all-threads.program.ts'
const PROGRAM = readFileSync(new URL('all-threads.program.ts', import.meta.url), 'utf8')
const EXPECTED = 'consumed 10, answered echo\n'

/** The source is found by a condition, as in these tests themselves. */
const isOnBuild = process.env['RINGLOG_TEST_TARGET'] === 'build'
const CONDITIONS = isOnBuild ? [] : ['--conditions=@ringlog/source']
const MODULE = '--input-type=module'
const NO_IMPORT = '--import=data:text/javascript,'

interface Run {
  flags?: string[]
  nodeOptions?: string
  stdin?: string
}

function run({ flags = [], nodeOptions = '', stdin = '' }: Run): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...CONDITIONS, ...flags], {
      cwd: PACKAGE,
      env: { ...process.env, NODE_OPTIONS: nodeOptions },
      timeout: 20_000,
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    child.stderr.on('data', (chunk) => (errors += String(chunk)))
    child.on('error', reject)
    child.on('close', (exitCode) => {
      resolve(exitCode === 0 ? output : `exitCode=${exitCode}: ${output}${errors}`)
    })
    child.stdin.end(stdin)
  })
}

/** Threads inherit the flags of the process; none of these may keep them from starting. */
describe('a program starts all its threads', () => {
  test.each<[name: string, run: Run]>([
    ['--eval as a module', { flags: [MODULE, '--eval', PROGRAM] }],
    ['-e that finds out itself', { flags: ['-e', PROGRAM] }],
    ['stdin', { flags: [MODULE], stdin: PROGRAM }],
    ['stdin by name', { flags: [MODULE, '-'], stdin: PROGRAM }],
    ['--input-type in two words', { flags: ['--input-type', 'module', '-e', PROGRAM] }],
    ['TypeScript in a string', { flags: ['--input-type=module-typescript', '-e', PROGRAM] }],
    ['CommonJS in a string', { flags: ['--input-type=commonjs', '-e', `import('./${FILE}')`] }],
    ['an import beside a string', { flags: [NO_IMPORT, MODULE, '-e', PROGRAM] }],
    ['NODE_OPTIONS', { nodeOptions: `${MODULE} ${NO_IMPORT}`, flags: ['-e', PROGRAM] }],
    ['a string and flags of V8', { flags: ['--expose-gc', NO_IMPORT, MODULE, '-e', PROGRAM] }],
    ['flags of V8', { flags: ['--max-old-space-size=300', '--stack-trace-limit=5', FILE] }],
    ['no code from strings', { flags: ['--disallow-code-generation-from-strings', FILE] }],
    ['warnings of rejections', { flags: ['--unhandled-rejections=warn', FILE] }],
    ['permissions', { flags: ['--permission', '--allow-worker', '--allow-fs-read=*', FILE] }],
    ['require and no warnings', { flags: ['--require=node:fs', '--no-warnings', FILE] }],
  ])('%s', async (_, given) => {
    expect(await run(given)).toBe(EXPECTED)
  })

  test('under --print, which prints the promise as well', async () => {
    expect(await run({ flags: ['-p', `import('./${FILE}')`] })).toContain(EXPECTED)
  })

  test('under --test', async () => {
    expect(await run({ flags: ['--test', '--test-reporter=tap', FILE] })).toContain('# pass 1')
  })
})
