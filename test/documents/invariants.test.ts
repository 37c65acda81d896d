import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MUTANTS } from '../../tools/models/src/mutants.ts'
import { ROOT, readText } from './markdown.ts'

const SOURCES = globSync('packages/*/src/**/*.ts', { cwd: ROOT })
const MODELS = globSync('tools/models/*.pml', { cwd: ROOT })
const diskNumbersIn = (text: string): string[] => [...text.matchAll(/\bD-\d+\b/g)].map(([n]) => n)
const numbersIn = (text: string): string[] => [...text.matchAll(/INV-\d+/g)].map(([n]) => n)

/** Each with the text of its section. */
const DEFINED = new Map(
  readText('docs/memory-model.md')
    .split(/^### (?=INV-)/m)
    .slice(1)
    .map((section) => [numbersIn(section)[0]!, section] as const),
)
const CITED = new Set(SOURCES.flatMap((file) => numbersIn(readText(file))))

describe('the numbered invariants', () => {
  test('that the code cites are all in the memory model', () => {
    expect([...CITED].filter((number) => !DEFINED.has(number))).toEqual([])
  })

  test('of the memory model are all cited by the code that relies on them', () => {
    expect([...DEFINED.keys()].filter((number) => !CITED.has(number))).toEqual([])
  })

  test('without a model are in the table that says why, and no others', () => {
    const why = readText('docs/memory-model.md').split('### Rules without a model')[1]!
    const rows = why.split('\n## ')[0]!.match(/^\| INV-.*$/gm)!
    const numbers = rows.flatMap((row) => numbersIn(row.split('|')[1]!))
    const modelled = [...DEFINED].filter(([, text]) => modelsIn(text).length > 0)
    const without = [...DEFINED.keys()].filter((number) => !new Map(modelled).has(number))
    expect(numbers.toSorted()).toEqual(without.toSorted())
  })

  test.each([...DEFINED])(
    '%s says who relies on it, what breaks without, what tests it',
    (_, text) => checkSection(text),
  )
})

describe('the numbered invariants of the disk', () => {
  const defined = new Map(
    readText('docs/durability-invariants.md')
      .split(/^### (?=D-)/m)
      .slice(1)
      .map((section) => [diskNumbersIn(section)[0]!, section] as const),
  )
  const cited = new Set(SOURCES.flatMap((file) => diskNumbersIn(readText(file))))

  test('that the code cites are all in the document', () => {
    expect([...cited].filter((number) => !defined.has(number))).toEqual([])
  })

  test.each([...defined])(
    '%s says who relies on it, what breaks without, what tests it',
    (_, text) => checkSection(text),
  )
})

describe('the models', () => {
  test.each(MUTANTS)('$model $mutant: all that the table names is there', (row) => {
    const model = readText(`tools/models/${row.model}.pml`)
    expect(model).toContain(`def ${row.mutant}\n`)
    expect(model).toMatch(new RegExp(`^(ltl|hidden byte) ${row.fails}\\b`, 'm'))
    expect(readText(row.file)).toContain(row.symbol)
  })

  test.each(MUTANTS)('$model $mutant is named where the invariant is', (row) => {
    const { model, mutant, invariants, fails } = row
    for (const invariant of invariants) {
      const named = modelsIn(DEFINED.get(invariant) ?? '')
      expect(named).toContainEqual({ model, mutant, fails })
    }
  })

  test.each(MODELS)(
    '%s: each mutant in it is in the table, and each check fails in one',
    (file) => {
      const text = readText(file)
      const rows = MUTANTS.filter(({ model }) => file.endsWith(`/${model}.pml`))
      const mutants = [...text.matchAll(/^#ifn?def (\w+)/gm)].map(([, name]) => name!)
      expect(new Set(rows.map(({ mutant }) => mutant))).toEqual(new Set(mutants))
      const checks = [...text.matchAll(/^hidden byte (\w+)/gm)].map(([, name]) => name!)
      expect(checks.filter((check) => !rows.some(({ fails }) => fails === check))).toEqual([])
    },
  )

  test.each([...DEFINED])('that %s names are in the table', (invariant, text) => {
    const known = MUTANTS.filter(({ invariants }) => invariants.includes(invariant))
    expect(modelsIn(text)).toHaveLength(known.length)
  })
})

/** What a section names: `tools/models/x.pml` (property: MUTANT, MUTANT; property: MUTANT). */
function modelsIn(text: string): Array<{ model: string; mutant: string; fails: string }> {
  return [...text.matchAll(/`tools\/models\/(\w+)\.pml` \(([^)]+)\)/g)].flatMap(
    ([, model, properties]) =>
      properties!.split(';').flatMap((property) => {
        const [fails, mutants] = property.split(':')
        return mutants!
          .split(',')
          .map((mutant) => ({ model: model!, mutant: mutant.trim(), fails: fails!.trim() }))
      }),
  )
}

function checkSection(text: string): void {
  expect(text).toMatch(/^\*\*Relies on it\*\*:/m)
  expect(text).toMatch(/^\*\*Without it\*\*:/m)
  expect(text).toMatch(/^\*\*Fails without it\*\*:/m)
  const tests = [...text.matchAll(/`(packages\/[^`]+\/test\/[^`]+)`/g)].map(([, path]) => path!)
  expect(tests.length).toBeGreaterThan(0)
  expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
}
