import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { ROOT, manifestOf } from './packed-packages.ts'

const packed = inject('packed')

/** What belongs into a package: its sources, what is built of each, and who may use it how. */
function filesThatBelong(folder: string): string[] {
  const sources = globSync('src/**/*.ts', { cwd: join(ROOT, folder) })
  const built = sources.flatMap((source) => {
    const base = source.replace(/^src\//, 'dist/').replace(/\.ts$/, '')
    return ['.js', '.js.map', '.d.ts', '.d.ts.map'].map((extension) => base + extension)
  })
  return ['LICENSE', 'README.md', 'package.json', ...sources, ...built].sort()
}

test('every package is packed', () => {
  expect(packed.length).toBeGreaterThanOrEqual(6)
  expect(packed.map(({ folder }) => folder)).not.toContain(undefined)
})

describe.each(packed)('$name', ({ folder, files }) => {
  const manifest = manifestOf(folder)

  test('has what it needs, and nothing else', () => {
    expect(files).toEqual(filesThatBelong(folder))
  })

  test('exports files that it has', () => {
    const targets = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    )
    expect(targets.filter((target) => !files.includes(target.slice('./'.length)))).toEqual([])
  })

  test('says what it is, and for which Node.js', () => {
    expect(manifest).toMatchObject({
      description: expect.stringMatching(/\.$/),
      keywords: expect.arrayContaining(['kafka']),
      license: 'MIT',
      type: 'module',
      engines: { node: '>=22.18' },
    })
    expect(manifest['sideEffects']).toBeDefined()
    expect(manifest['private']).toBeUndefined()
  })

  test('runs nothing when it is installed', () => {
    const hooks = new Set(['preinstall', 'install', 'postinstall', 'prepare'])
    expect(Object.keys(manifest.scripts ?? {}).filter((name) => hooks.has(name))).toEqual([])
  })

  test('pins what it depends on', () => {
    const ranges = Object.values(manifest.dependencies ?? {})
    expect(ranges.filter((range) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([])
  })

  test("has the repository's license", () => {
    const license = readFileSync(join(ROOT, 'LICENSE'), 'utf8')
    expect(readFileSync(join(ROOT, folder, 'LICENSE'), 'utf8')).toBe(license)
  })
})

test('all packages have one version', () => {
  expect(new Set(packed.map(({ folder }) => manifestOf(folder).version)).size).toBe(1)
})
