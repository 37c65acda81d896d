import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, readText } from './markdown.ts'
import { tablesOf } from './tables.ts'

interface LockedPackage {
  name?: string
  version: string
  license?: string
  link?: boolean
  optional?: boolean
  hasInstallScript?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

const DOCUMENT = 'docs/dependencies.md'
const LOCKED = (
  JSON.parse(readText('package-lock.json')) as { packages: Record<string, LockedPackage> }
).packages
/** Our own packages, by their folders. */
const OWN = readdirSync(join(ROOT, 'packages')).map((folder) => `packages/${folder}`)
const OWN_NAMES = new Set(OWN.map(nameOf))

function nameOf(path: string): string {
  return LOCKED[path]!.name ?? path.replace(/^.*node_modules\/|^packages\//, '')
}

/** Where a package of this name would be found from `from`, as Node.js looks for it. */
function resolveFrom(from: string, name: string): string {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    const path = `${folder}/node_modules/${name}`
    if (path in LOCKED) return path
    if (!folder.includes('/node_modules/')) break
  }
  const path = `node_modules/${name}`
  if (path in LOCKED) return path
  throw new Error(`${from} needs ${name}, which the lockfile does not have`)
}

/** By path, everything from the registry that an install of our packages brings. */
function installedTree(): Map<string, Set<string>> {
  const neededBy = new Map<string, Set<string>>()
  const visit = (from: string, by: string, needs: Record<string, string>): void => {
    for (const name of Object.keys(needs)) {
      if (OWN_NAMES.has(name)) continue
      const path = resolveFrom(from, name)
      const isNew = !neededBy.has(path)
      neededBy.set(path, (neededBy.get(path) ?? new Set()).add(by))
      if (isNew) visit(path, name, needsOf(LOCKED[path]!))
    }
  }
  for (const path of OWN) visit(path, nameOf(path), needsOf(LOCKED[path]!))
  return neededBy
}

function needsOf(locked: LockedPackage): Record<string, string> {
  const { dependencies, optionalDependencies, peerDependencies } = locked
  const needs = { ...dependencies, ...optionalDependencies, ...peerDependencies }
  for (const name of optionalPeersOf(locked)) delete needs[name]
  return needs
}

/** What a package works with where it is there, and an install does not bring. */
function optionalPeersOf({ peerDependenciesMeta = {} }: LockedPackage): string[] {
  return Object.keys(peerDependenciesMeta).filter((name) => peerDependenciesMeta[name]!.optional)
}

/** A package's prebuilt files, one a platform, as the document has them. */
function platformFiles(locked: LockedPackage): string {
  const names = Object.keys(locked.optionalDependencies ?? {})
  if (names.length === 0) return 'none'
  const [path] = names.map((name) => `node_modules/${name}`)
  if (names.length === 1) return `\`${names[0]}\` ${LOCKED[path!]!.version}, which is optional`
  const prefix = names.reduce((common, name) => {
    let length = 0
    while (length < common.length && common[length] === name[length]) length++
    return common.slice(0, length)
  })
  return `one prebuilt file for the platform, of ${names.length}: \`${prefix}*\` ${locked.version}`
}

const TREE = installedTree()
const isPlatformFile = (path: string): boolean => LOCKED[path]!.optional === true

describe('the document of dependencies', () => {
  const [packages, own] = tablesOf(DOCUMENT).map(({ rows }) => rows)

  test('lists exactly what an install brings, with version, license, and who needs it', () => {
    const installed = [...TREE].filter(([path]) => !isPlatformFile(path))
    const expected = installed.map(([path, neededBy]) => [
      `\`${nameOf(path)}\``,
      LOCKED[path]!.version,
      LOCKED[path]!.license,
      [...neededBy].map((name) => `\`${name}\``).join(', '),
      platformFiles(LOCKED[path]!),
    ])
    expect(packages!.map(([name, version, , ...rest]) => [name, version, ...rest])).toEqual(
      expected,
    )
    for (const [, , released] of packages!) expect(released).toMatch(/^20\d\d-\d\d-\d\d$/)
  })

  test('says why each is needed', () => {
    const reasons = readText(DOCUMENT).split('## Why each of them')[1]
    for (const [name] of packages!) expect(reasons).toContain(`**${name}**`)
  })

  test('says what is not brought along', () => {
    const peers = new Set(OWN.flatMap((path) => optionalPeersOf(LOCKED[path]!)))
    const told = readText(DOCUMENT).split('## What is not brought along')[1]!
    expect([...told.matchAll(/\*\*`([^`]+)`\*\*/g)].map(([, name]) => name)).toEqual([...peers])
  })

  test('is right that the prebuilt files need nothing, and have their package’s license', () => {
    for (const [path, [by]] of [...TREE].filter(([one]) => isPlatformFile(one))) {
      const needs = Object.keys(needsOf(LOCKED[path]!))
      // What is optional as a whole has its own prebuilt files, and no more.
      expect(
        needs.filter((need) => !need.startsWith(`${nameOf(path)}-`)),
        path,
      ).toEqual([])
      expect(LOCKED[path]!.license, path).toBe(LOCKED[resolveFrom('', by!)]!.license)
    }
  })

  test('is right that nothing runs when it is installed', () => {
    expect([...TREE.keys()].filter((path) => LOCKED[path]!.hasInstallScript)).toEqual([])
  })

  test('lists what our packages need of each other', () => {
    const expected = OWN.map((path) => {
      const { dependencies = {} } = LOCKED[path]!
      const needs = Object.keys(dependencies).filter((name) => OWN_NAMES.has(name))
      return [`\`${nameOf(path)}\``, needs.map((need) => `\`${need}\``).join(', ') || 'none']
    })
    expect(own).toEqual(expected)
  })
})
