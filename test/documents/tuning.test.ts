import { describe, expect, test } from 'vitest'
import { readText } from './markdown.ts'
import { OPTIONS } from './our-names.ts'
import { namesIn, tablesOf } from './tables.ts'

const DOCUMENT = 'docs/tuning.md'
/** What the tables name beside options: the calls that are compared. */
const CALLS = new Set(['send', 'write', 'writer', 'groupId'])

const CONFIG_OF: Record<string, string> = {
  Producer: 'ProducerConfig',
  Consumer: 'ConsumerConfig',
  Topic: 'TopicConfig',
}

/** A default as the document has it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `\`"${value}"\``
  if (typeof value !== 'number') return String(value)
  return value >= 2 ** 20 ? `${value / 2 ** 20} MiB` : value.toLocaleString('en-US')
}

describe.each(tablesOf(DOCUMENT).filter(({ heading }) => heading in CONFIG_OF))(
  `${DOCUMENT}, $heading`,
  ({ heading, rows }) => {
    const options = OPTIONS[CONFIG_OF[heading]!]!
    const named = rows.flatMap(([cell, byDefault]) =>
      namesIn(cell!).map((name) => [name, byDefault!] as const),
    )

    test('names options that there are', () => {
      const unknown = named.filter(([name]) => !(name in options) && !CALLS.has(name))
      expect(unknown).toEqual([])
    })

    test.each(named.filter(([name, byDefault]) => name in options && byDefault !== ''))(
      'has the default of %s',
      (name, byDefault) => {
        // The number of batches out is another where lanes carry them, which the option's default does not say.
        const expected = shown(options[name])
        expect(byDefault.startsWith(expected), `${byDefault}, not ${expected}`).toBe(true)
      },
    )
  },
)

test('names scenarios that the bench has', () => {
  const scenarios = namesIn(readText(DOCUMENT)).filter((name) => /^[a-z]+(-\w+)+$/.test(name))
  expect(scenarios.length).toBeGreaterThan(3)
  for (const name of scenarios) {
    expect(readText(`apps/bench/src/scenarios/${name}.ts`)).toContain(`'${name}'`)
  }
})
