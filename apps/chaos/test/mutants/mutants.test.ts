import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FAULT_FAMILIES } from '../../src/programs/fault-families.ts'
import { MUTANTS } from '../../src/mutants/mutants.ts'

describe('a mutant', () => {
  test.each(MUTANTS)('$name alters a line that there is', ({ module: [name, path], from, to }) => {
    const source = new URL(`../../../../packages/${name}/src/${path}.ts`, import.meta.url)
    expect(readFileSync(source, 'utf8')).toContain(from)
    expect(to).not.toBe(from)
  })

  test.each(MUTANTS)('$name needs faults that there are', ({ faults }) => {
    expect(Object.keys(FAULT_FAMILIES)).toEqual(expect.arrayContaining([...faults]))
  })
})
