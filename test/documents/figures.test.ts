import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { documentsWithFigures, withFigures } from '../../scripts/figure-tables.ts'

const DOCUMENTS = documentsWithFigures()

test('there are documents with figures', () => {
  expect(DOCUMENTS.map(({ pathname }) => pathname.split('/').at(-1))).toContain('benchmarks.md')
})

test.each(DOCUMENTS)('%s has the tables that `npm run docs:figures` writes', async (file) => {
  expect(readFileSync(file, 'utf8')).toBe(await withFigures(file))
})
