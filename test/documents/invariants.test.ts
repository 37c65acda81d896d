import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, readText } from './markdown.ts'

const SOURCES = globSync('packages/*/src/**/*.ts', { cwd: ROOT })
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

  test.each([...DEFINED])(
    '%s says who relies on it, what breaks without, what tests it',
    (_, text) => {
      expect(text).toMatch(/^\*\*Relies on it\*\*:/m)
      expect(text).toMatch(/^\*\*Without it\*\*:/m)
      expect(text).toMatch(/^\*\*Fails without it\*\*:/m)
      const tests = [...text.matchAll(/`(packages\/[^`]+\/test\/[^`]+)`/g)].map(([, path]) => path!)
      expect(tests.length).toBeGreaterThan(0)
      expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    },
  )
})
