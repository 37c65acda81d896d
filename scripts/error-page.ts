/**
 * Writes `docs/errors.md`: every error code with its number, cause and remedy, out of the table of codes and
 * the comments of its entries.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { ERROR_CODES, type RinglogErrorCode } from '../packages/core/src/errors/error-codes.ts'

const TABLE = new URL('../packages/core/src/errors/error-codes.ts', import.meta.url)
const PAGE = new URL('../docs/errors.md', import.meta.url)

/** The comment of an entry, then its code. */
const ENTRY = /^ {2}\/\*\*\n((?: {3}\* ?.*\n)+) {3}\*\/\n {2}([A-Z_]+): \[/gm
const REMEDY = 'Remedy: '

interface Words {
  readonly cause: string
  readonly remedy: string
}

const INTRODUCTION = `# Errors

Every error that Ringlog throws, or rejects with, is a \`RinglogError\`:

- \`code\` is one of those below. Most are Kafka's, and mean what they mean there; the others are Ringlog's own.
- \`errorCode\` is Kafka's number for it, or \`null\`.
- \`retriable\` says whether the same call can succeed later, without a change of the program. The producer tries
  again by itself, within \`deliveryTimeoutMs\`.
- \`details\` has the facts of the message as plain data. Of records that were not delivered
  \`details.isMaybeAppended\` says whether the log may have them all the same.
- \`cause\` is what led to it, where there is such an error; also of your own code, and also from another thread.

\`RinglogError.is(error, 'BUFFER_FULL')\` asks for a code, and is true of errors of another copy of the package as well.
Symptoms that have no code stand in [troubleshooting](troubleshooting.md).

This page is made of the table of codes in the source, by \`npm run docs:errors\`.
`

/** The page's text, formatted. */
export async function errorPage(): Promise<string> {
  const words = wordsOf(await readFile(TABLE, 'utf8'))
  const codes = Object.keys(ERROR_CODES) as RinglogErrorCode[]
  const kafkas = codes.filter((code) => ERROR_CODES[code][0] !== null)
  const ours = codes.filter((code) => ERROR_CODES[code][0] === null)
  const text = [
    INTRODUCTION,
    indexOf(codes),
    '## Codes of Kafka',
    ...kafkas.map((code) => sectionOf(code, words.get(code))),
    '## Codes of Ringlog',
    ...ours.map((code) => sectionOf(code, words.get(code))),
  ].join('\n\n')
  return format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown', proseWrap: 'always' })
}

function wordsOf(source: string): Map<string, Words> {
  const words = new Map<string, Words>()
  for (const [, comment, code] of source.matchAll(ENTRY)) {
    const paragraphs = comment!
      .replaceAll(/^ {3}\* ?/gm, '')
      .trim()
      .split('\n\n')
      .map((paragraph) => paragraph.replaceAll('\n', ' '))
    const remedy = paragraphs.pop()!
    if (!remedy.startsWith(REMEDY)) throw new Error(`${code} has no paragraph "${REMEDY}"`)
    words.set(code!, { cause: paragraphs.join('\n\n'), remedy: remedy.slice(REMEDY.length) })
  }
  return words
}

function indexOf(codes: readonly RinglogErrorCode[]): string {
  const rows = codes.map((code) => {
    const [errorCode, retriable, text] = ERROR_CODES[code]
    const link = `[${code}](#${code.toLowerCase()})`
    return `| ${link} | ${errorCode ?? ''} | ${retriable ? 'yes' : ''} | ${text} |`
  })
  return ['| code | number | retriable | what it says |', '| - | - | - | - |', ...rows].join('\n')
}

function sectionOf(code: RinglogErrorCode, words: Words | undefined): string {
  if (words === undefined) throw new Error(`${code} has no comment that says its cause and remedy`)
  const { cause, remedy } = words
  return `### ${code}\n\n${cause}\n\n**What to do:** ${remedy}`
}

if (import.meta.main) await writeFile(PAGE, await errorPage())
