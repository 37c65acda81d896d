import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchReport } from '@ringlog/bench'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { installApp } from './installed-app.ts'
import { READMES } from './readme-programs.ts'
import { runCommand, tryCommand } from './run-command.ts'

const README = READMES.find(({ path }) => path === 'apps/bench/README.md')!

let app: string

beforeAll(async () => {
  app = await installApp(inject('folder'), inject('packed'), README.installs)
  await writeFile(join(app, 'mine.ts'), README.programs[0]!.text)
})

describe('the bench, installed', () => {
  test('is a program that lists its scenarios, and writes nothing', async () => {
    const listed = await runCommand('npx', ['ringlog-bench', '--list'], { cwd: app })
    expect(listed).toContain('shared-1p1c\n')
    expect(existsSync(join(app, 'results'))).toBe(false)
  })

  test('compares combinations, draws them, and holds them against an older report', async () => {
    const flags = ['--scenario', './mine.ts', '--runs', '3', '--records', '200']
    const files = [
      '--matrix',
      'wait=park,spinThenPark',
      '--json',
      'mine.json',
      '--html',
      'mine.html',
    ]
    const first = await runCommand('npx', ['ringlog-bench', ...flags, ...files], { cwd: app })
    expect(first).toContain('mine wait=spinThenPark')
    expect(await readFile(join(app, 'mine.html'), 'utf8')).toContain(
      'Rate over time: mine wait=park',
    )
    const again = ['--matrix', 'wait=park', '--compare', 'mine.json']
    const second = await runCommand('npx', ['ringlog-bench', ...flags, ...again], { cwd: app })
    expect(second).toContain('now / then')
    expect(second).not.toContain('not compared')
  })

  test('says what is wrong with a scenario, and measures nothing', async () => {
    await writeFile(
      join(app, 'half.ts'),
      "export default { name: 'half', parameters: {}, roles: {} }",
    )
    const { stderr, exitCode } = await tryCommand(
      'npx',
      ['ringlog-bench', '--scenario', './half.ts'],
      {
        cwd: app,
      },
    )
    expect(exitCode).toBe(1)
    expect(stderr).toContain(
      'half.ts has no scenario as its default export: its run must be a function',
    )
  })

  test.each(inject('nodes'))(
    'runs a scenario of the user beside its own on Node.js $version',
    async ({ path }) => {
      const program = 'node_modules/@ringlog/bench/bin/ringlog-bench.js'
      const flags = ['--scenario', './mine.ts,rpc-send-await', '--runs', '1', '--records', '200']
      const { stderr, exitCode } = await tryCommand(path, [program, ...flags], { cwd: app })
      expect(exitCode, stderr).toBe(0)
      const results = join(app, 'results')
      const json = await readFile(join(results, 'latest.json'), 'utf8')
      const { scenarios, ratios } = JSON.parse(json) as BenchReport
      expect(scenarios.map(({ name, verified }) => [name, verified])).toEqual([
        ['rpc-send-await', true],
        ['mine', true],
      ])
      expect(ratios['mine / rpc-send-await']).toBeGreaterThan(0)
      expect(await readFile(join(results, 'latest.html'), 'utf8')).toContain('uPlot')
    },
  )
})
