import { globSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../packages/core/src/errors/error-codes.ts'
import { errorPage } from '../../scripts/error-page.ts'
import { ROOT, readText } from './markdown.ts'

const DOCUMENT = 'docs/errors.md'
const CODES = Object.keys(ERROR_CODES)

/** What users run; what is there for tests may raise any code. */
const SOURCES = globSync('packages/*/src/**/*.ts', { cwd: ROOT, exclude: ['packages/testing/**'] })
  .map(readText)
  .join('\n')

/** Those that stand behind this line are made of what brokers of a cluster answer, by their numbers. */
const OF_A_CLUSTER = '// What only a cluster has'

/** The codes that the library makes errors of. */
const RAISED = new Set(
  [...SOURCES.matchAll(/new RinglogError\(\s*'([A-Z_]+)'/g)]
    .map(([, code]) => code!)
    .concat(ofACluster()),
)

function ofACluster(): string[] {
  const [, behind = ''] = readText('packages/core/src/errors/error-codes.ts').split(OF_A_CLUSTER)
  return [...behind.matchAll(/^ {2}([A-Z_]+): \[\d/gm)].map(([, code]) => code!)
}

describe('the document of errors', () => {
  test('is what `npm run docs:errors` writes', async () => {
    expect(readText(DOCUMENT)).toBe(await errorPage())
  })

  test('has a section for every code', () => {
    const sections = [...readText(DOCUMENT).matchAll(/^### (.+)$/gm)].map(([, code]) => code!)
    expect(sections).toEqual(CODES)
  })

  test.each(CODES)('says of %s whether it is raised at all', (code) => {
    const section = readText(DOCUMENT).split(`\n### ${code}\n\n`)[1]!
    expect(section.startsWith('Ringlog never raises it')).toBe(!RAISED.has(code))
  })

  test('is named where a program meets an error', () => {
    expect(readText('packages/core/src/errors/ringlog-error.ts')).toContain(`\`${DOCUMENT}\``)
  })
})
