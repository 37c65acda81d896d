import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ROOT } from './markdown.ts'

const BROKER = 'packages/broker/src'
const POOL = 'packages/consumer-pool/src'

/** What the check of the graph says of a repository with just these files. */
function check(files: Record<string, string>): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ringlog-graph-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  copyFileSync(join(ROOT, 'graph.oxlintrc.json'), join(folder, 'graph.oxlintrc.json'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const args = ['--config', 'graph.oxlintrc.json', '--deny-warnings', 'packages']
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), args, {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

const empty = 'export type Nothing = never\n'

describe('the check of the graph', () => {
  test('takes what goes the right way', () => {
    const { status, output } = check({
      [`${BROKER}/client/a.ts`]: `import type { Nothing } from '../wire/c.ts'\nexport type A = Nothing\n`,
      [`${BROKER}/controller/topic/b.ts`]: `import type { Nothing } from '../../wire/c.ts'\nimport type { D } from '../../coordinator/d.ts'\nexport type B = D | Nothing\n`,
      [`${BROKER}/wire/c.ts`]: empty,
      [`${BROKER}/coordinator/d.ts`]: `import type { TopicPartition } from '@ringlog/core/internal'\nexport type D = TopicPartition\n`,
    })
    expect(output).toContain('0 errors')
    expect(status).toBe(0)
  })

  test.each([
    ['client/a.ts', '../controller/b.ts'],
    ['client/transport/a.ts', '../../controller/topic/b.ts'],
    ['client/a.ts', '../coordinator/b.ts'],
    ['controller/group/a.ts', '../../client/b.ts'],
    ['wire/a.ts', '../controller/b.ts'],
    ['coordinator/a.ts', '../wire/b.ts'],
    ['coordinator/assignors/a.ts', '../../controller/b.ts'],
    ['coordinator/a.ts', '@ringlog/partition-worker'],
    ['coordinator/a.ts', 'node:fs'],
  ])('fails where %s imports %s', (from, to) => {
    const { status, output } = check({
      [`${BROKER}/${from}`]: `import type { Nothing } from '${to}'\nexport type A = Nothing\n`,
    })
    expect(output).toContain('no-restricted-imports')
    expect(status).not.toBe(0)
  })

  test.each([
    ['partition-log.ts', '@ringlog/core/internal'],
    ['partition-worker.ts', './faults/injected-faults.ts'],
  ])('fails where %s loads %s', (from, to) => {
    const { status, output } = check({
      [`packages/partition-worker/src/${from}`]: `import '${to}'\nexport type A = never\n`,
    })
    expect(output).toContain('no-restricted-imports')
    expect(status).not.toBe(0)
  })

  test.each([
    ['handling/a.ts', '../wire/b.ts'],
    ['wire/a.ts', '../thread/b.ts'],
    ['pool/a.ts', '../thread/b.ts'],
    ['thread/a.ts', '../pool/b.ts'],
    ['runner/a.ts', '../pool/b.ts'],
    ['runner/a.ts', '../wire/b.ts'],
  ])('fails where, of the consumer pool, %s imports %s', (from, to) => {
    const { status, output } = check({
      [`${POOL}/${from}`]: `import type { Nothing } from '${to}'\nexport type A = Nothing\n`,
    })
    expect(output).toContain('no-restricted-imports')
    expect(status).not.toBe(0)
  })

  test('fails on a circle of files, also of types alone', () => {
    const { status, output } = check({
      'packages/core/src/a.ts': `import type { C } from './b.ts'\nexport type A = C\n`,
      'packages/core/src/b.ts': `import type { A } from './c.ts'\nexport type C = A[]\n`,
      'packages/core/src/c.ts': `export type { A } from './a.ts'\n`,
    })
    expect(output).toContain('no-cycle')
    expect(status).not.toBe(0)
  })
})
