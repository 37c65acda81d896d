import { describe, expect, test } from 'vitest'
import { readText } from './markdown.ts'
import { OUR_NAMES } from './our-names.ts'
import { KAFKAJS } from './peers/kafkajs.ts'
import { PLATFORMATIC } from './peers/platformatic.ts'
import { nameListsOf, namesIn, tablesOf } from './tables.ts'

/** The width up to which a line can be read as it stands. */
const MAX_WIDTH = 130

const DOCUMENTS = [
  { file: 'docs/migrating/from-kafkajs.md', peer: KAFKAJS },
  { file: 'docs/migrating/from-platformatic.md', peer: PLATFORMATIC },
]

const plain = (heading: string): string => heading.replaceAll('`', '')

describe.each(DOCUMENTS)('$file', ({ file, peer }) => {
  const rows = tablesOf(file).flatMap(({ heading, rows: cells }) =>
    cells.map(([theirs, ours, difference]) => ({
      section: plain(heading),
      theirs: namesIn(theirs!),
      ours: namesIn(ours!),
      difference: difference!,
    })),
  )
  const lists = nameListsOf(file).filter(({ title }) => title === 'No counterpart')
  const absent = lists.flatMap(({ heading, entries }) =>
    entries.map(({ names }) => ({ section: plain(heading), theirs: names })),
  )

  test('says of which release it is', () => {
    expect(readText(file)).toContain(`\`${peer.package}\` ${peer.version}`)
  })

  test.each(Object.entries(peer.sections))('has each name once: %s', (section, names) => {
    expect(names.length).toBeGreaterThan(0)
    const told = [...rows, ...absent].filter((row) => row.section === section)
    const theirs = told.flatMap((row) => row.theirs)
    expect(theirs.toSorted()).toEqual([...new Set(names)].sort())
  })

  test('has no other section with a table', () => {
    const sections = new Set([...rows, ...absent].map(({ section }) => section))
    expect([...sections]).toEqual(Object.keys(peer.sections))
  })

  test('names only what is there', () => {
    for (const { theirs, ours } of rows) {
      expect(ours, theirs.join()).not.toEqual([])
      expect(ours.filter((name) => !OUR_NAMES.has(name))).toEqual([])
    }
  })

  test('can be read as it stands: no line is wide', () => {
    const lines = readText(file).split('\n')
    expect(lines.filter((line) => line.length > MAX_WIDTH)).toEqual([])
  })
})
