import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { installApp } from './installed-app.ts'
import { READMES } from './readme-programs.ts'
import { tryCommand } from './run-command.ts'

const nodes = inject('nodes')
const apps = new Map<string, Promise<string>>()

/** An app with these packages; READMEs that tell the same share one. */
function appWith(installs: readonly string[]): Promise<string> {
  const key = installs.toSorted().join(' ')
  const app = apps.get(key) ?? installApp(inject('folder'), inject('packed'), installs)
  apps.set(key, app)
  return app
}

describe.each(READMES)('what $path tells to install', ({ path, installs, programs }) => {
  let app: string

  beforeAll(async () => {
    app = await appWith(installs)
    await Promise.all(programs.map(({ fileName, text }) => writeFile(join(app, fileName), text)))
  })

  test('is all that its programs import; there is one at least', () => {
    expect(programs.length).toBeGreaterThan(0)
    const imported = programs.flatMap(({ imports }) => imports)
    expect(imported.filter((name) => !installs.includes(name))).toEqual([])
  })

  test('has the types that its programs need', async () => {
    const { stdout } = await tryCommand('tsc', ['--project', app])
    // What packages of others declare is theirs to mend.
    const others = installs.filter((name) => !inject('packed').some((one) => one.name === name))
    const isOfOthers = (line: string): boolean =>
      others.some((name) => line.includes(`node_modules/${name}/`))
    expect(stdout.split('\n').filter((line) => /^\S/.test(line) && !isOfOthers(line))).toEqual([])
  })

  describe.each(programs)('$fileName', ({ fileName, output }) => {
    test.each(nodes)('prints what it promises on Node.js $version', async (node) => {
      const { stdout, stderr, exitCode } = await tryCommand(node.path, [fileName], { cwd: app })
      expect(stderr.replaceAll(/^.*(ExperimentalWarning|--trace-warnings).*\n/gm, '')).toBe('')
      expect(exitCode).toBe(0)
      if (output !== null) expect(stdout).toBe(output)
    })
  })

  if (path === 'packages/core/README.md') {
    test('is core alone', () => {
      expect(readdirSync(join(app, 'node_modules/@ringlog'))).toEqual(['core'])
    })
  }
})
