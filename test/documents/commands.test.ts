import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CODE_BLOCKS, ROOT, readText } from './markdown.ts'

const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }

interface Command {
  readonly file: string
  readonly command: string
  /** Where it is given, from the repository's folder. */
  readonly folder: string
}

/** Every command of every block for a shell, without its comment. */
const COMMANDS = CODE_BLOCKS.filter(({ language }) => language === 'sh').flatMap(
  ({ file, text }): Command[] => {
    // A package's own folder for its README.
    let folder = file.startsWith('packages/') ? dirname(file) : '.'
    return text
      .split('\n')
      .map((line) => line.replace(/ +#.*$/, '').trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .flatMap((line) => line.split(' && '))
      .map((command) => {
        const given = { file, command, folder }
        if (command.startsWith('cd ')) folder = join(folder, command.slice('cd '.length))
        return given
      })
  },
)

/** Whether a file is in the repository, or a program of the document is to be saved under that name. */
function isThere(name: string, file: string, folder: string): boolean {
  const isShown = CODE_BLOCKS.some(
    (block) => block.file === file && block.text.startsWith(`// ${name}\n`),
  )
  return isShown || existsSync(join(ROOT, folder, name))
}

/** What is wrong with a command; '' where it can be given as it stands. */
function faultOf({ file, command, folder }: Command): string {
  const [program, ...args] = command.split(' ')
  if (program === 'cd') {
    return existsSync(join(ROOT, folder, args[0]!)) ? '' : `no folder ${args[0]}`
  }
  if (program === 'git' || command === 'npm ci') return ''
  if (/^npm (?:install|pkg set) |^docker (?:build|run) /.test(command)) return ''
  if (command === '.ci/run') return existsSync(join(ROOT, command)) ? '' : 'no such file'
  if (program === 'npm') {
    const script = args[0] === 'run' ? args[1]! : args[0]!
    return script in scripts ? '' : `package.json has no script ${script}`
  }
  if (program === 'node') {
    const script = args.find((arg) => !arg.startsWith('-')) ?? ''
    return isThere(script, file, folder) ? '' : `no file ${script}`
  }
  if (program === 'npx') {
    const bin = join(ROOT, 'node_modules/.bin', args[0]!)
    if (!existsSync(bin)) return `${args[0]} is not installed`
    const files = args.filter((arg) => /\.(ts|md|txt)$/.test(arg) && !arg.includes('*'))
    const missing = files.filter((name) => !isThere(name, file, folder))
    return missing.length === 0 ? '' : `no file ${missing.join(', ')}`
  }
  if (/^[A-Z_]+=/.test(program!)) return faultOf({ file, command: args.join(' '), folder })
  return 'no rule says how to check this command: add one'
}

/** What a command gives to the bench; `null` where it is not about the bench. */
function benchFlagsOf(command: string): string[] | null {
  const flags = /(?:^npm run bench --|apps\/bench\/dist\/main\.js) (.+)$/.exec(command)?.[1]
  return flags?.split(' ') ?? null
}

describe('the commands in the documents', () => {
  test.each(COMMANDS)('$file: $command', (command) => {
    expect(faultOf(command)).toBe('')
  })

  test.each(COMMANDS.filter(({ command }) => benchFlagsOf(command) !== null))(
    'the bench takes the flags of: $command',
    ({ command }) => {
      const module = join(ROOT, 'apps/bench/dist/command-line.js')
      // In a process, which ends where a flag is wrong; without the rest of the bench, which takes a second to load.
      const program = `import('${module}').then((it) => it.parseCommandLine(process.argv.slice(1)))`
      const flags = benchFlagsOf(command)!
      const args = ['--eval', program, '--', ...flags]
      const { stderr, status } = spawnSync('node', args, { encoding: 'utf8' })
      expect(stderr).toBe('')
      expect(status).toBe(0)
    },
  )
})

test("CI gives exactly the README's test command", () => {
  const given = COMMANDS.filter(({ file }) => file === 'README.md').map(({ command }) => command)
  expect(given).toContain('npm test')
  expect(readText('README.md')).toContain('\n```sh\nnpm ci && npm test\n```\n')
  expect(readText('.ci/run')).toContain('\n(npm ci && npm test)\n')
})
