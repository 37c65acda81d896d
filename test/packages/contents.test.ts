import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { ROOT, manifestOf } from './packed-packages.ts'

const packed = inject('packed')

/** What threads begin with: bundled, and not beside that as a file that nothing loads. */
const BUNDLES: Readonly<Record<string, { entries: readonly string[]; files: readonly string[] }>> =
  {
    'packages/broker': { entries: ['controller/controller-worker'], files: ['controller-worker'] },
    'packages/partition-worker': {
      entries: ['worker'],
      files: ['worker', 'worker-injected-faults'],
    },
    'packages/storage': {
      entries: [
        'storage-thread/storage-thread',
        'sync-thread/sync-thread',
        'cleaner/cleaner-thread',
      ],
      files: ['storage-thread', 'sync-thread', 'cleaner-thread'],
    },
  }

function bundledFiles(folder: string): string[] {
  const names = BUNDLES[folder]?.files
  if (names === undefined) return []
  const files = names.flatMap((name) => [`${name}.js`, `${name}.js.map`])
  return [...files, 'THIRD-PARTY-LICENSES.txt'].map((file) => `dist/bundled/${file}`)
}

/** What belongs into a package: its sources, what is built of each, programs, and who may use it how. */
function filesThatBelong(folder: string): string[] {
  const sources = globSync('src/**/*.ts', { cwd: join(ROOT, folder) })
  const built = sources.flatMap((source) => {
    const base = source.replace(/^src\//, 'dist/').replace(/\.ts$/, '')
    const declared = [`${base}.d.ts`, `${base}.d.ts.map`]
    const isBundled = BUNDLES[folder]?.entries.some((entry) => base === `dist/${entry}`) === true
    return isBundled ? declared : [...declared, `${base}.js`, `${base}.js.map`]
  })
  const programs = globSync('{bin,java}/*', { cwd: join(ROOT, folder) })
  const files = [...sources, ...built, ...programs, ...bundledFiles(folder)]
  return ['LICENSE', 'README.md', 'package.json', ...files].sort()
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

  test('has the notices and licenses of what is bundled', () => {
    for (const file of bundledFiles(folder).filter((each) => each.endsWith('worker.js'))) {
      const text = readFileSync(join(ROOT, folder, file), 'utf8')
      expect(text).toContain('Copyright 2019 Google LLC')
      expect(text).toContain(
        '/*! Contains comlink 4.4.2 (Apache-2.0): see THIRD-PARTY-LICENSES.txt */',
      )
      const licenses = join(ROOT, folder, 'dist/bundled/THIRD-PARTY-LICENSES.txt')
      expect(readFileSync(licenses, 'utf8')).toMatch(
        /^comlink 4\.4\.2 \(Apache-2\.0\)$.*Apache License/ms,
      )
    }
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
