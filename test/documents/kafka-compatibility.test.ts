import { connect } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { readText } from './markdown.ts'
import { OPTIONS, OPTIONS_AND_CALLS as OURS } from './our-names.ts'
import { nameListsOf, namesIn, tablesOf } from './tables.ts'

const DOCUMENT = 'docs/kafka-compatibility.md'
/** The width up to which a line can be read as it stands. */
const MAX_WIDTH = 110

/** All names of Kafka's clients, made from their classes. */
const KAFKA = JSON.parse(readText('test/documents/kafka-names.json')) as {
  version: string
} & Record<`${'producer' | 'consumer' | 'topic' | 'admin'}Configs`, string[]> &
  Record<`${'producer' | 'consumer' | 'admin'}Calls`, string[]>

/** Whose a name is that stands alone in a section. */
const OWNERS: Record<string, string> = {
  'Producer configs': 'ProducerConfig',
  'Consumer configs': 'ConsumerConfig',
  'Topic configs': 'TopicConfig',
  'Producer calls': 'Producer',
  'Consumer calls': 'Consumer',
  'Admin calls': 'Broker',
}

/** A default as the document has it: numbers and words as they are, nothing for none. */
function show(value: unknown): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

interface Row {
  readonly section: string
  readonly kafka: readonly string[]
  readonly kafkaDefault: string
  /** Full names; empty: absent. */
  readonly ours: readonly string[]
  readonly ourDefault: string
  readonly is: string
  readonly note: string
}

function fullName(section: string, name: string): string {
  return name === connect.name || name.includes('.') ? name : `${OWNERS[section]}.${name}`
}

const LISTS = nameListsOf(DOCUMENT)
const ONLY_HERE = LISTS.filter(({ heading }) => heading === 'Only here').flatMap(({ entries }) =>
  entries.flatMap(({ names }) => names),
)

/** The entries of the lists that say how it differs, or why there is none, by their section. */
function entriesOf(title: 'How' | 'Absent', section?: string) {
  return LISTS.filter(
    (list) => list.title === title && (section === undefined || list.heading === section),
  ).flatMap(({ heading, entries }) => entries.map((entry) => ({ ...entry, section: heading })))
}

const PRESENT: readonly Row[] = tablesOf(DOCUMENT).flatMap(({ heading: section, rows }) =>
  rows.map((cells) => {
    const [kafka, kafkaDefault = '', ours, ourDefault = '', is] =
      cells.length === 5 ? cells : [cells[0], '', cells[1], '', cells[2]]
    const [name] = namesIn(kafka!)
    const notes = entriesOf('How', section).filter(({ names }) => names.includes(name!))
    return {
      section,
      kafka: [name!],
      kafkaDefault,
      ours: namesIn(ours!).map((one) => fullName(section, one)),
      ourDefault,
      is: is!,
      note: notes.map(({ text }) => text).join(' '),
    }
  }),
)

const ROWS: readonly Row[] = [
  ...PRESENT,
  ...entriesOf('Absent').map(({ section, names, text }) => {
    const nothing = { kafkaDefault: '', ours: [], ourDefault: '', is: 'absent' }
    return { section, kafka: names, ...nothing, note: text }
  }),
]

const namesOfSection = (section: string): string[] =>
  ROWS.filter((row) => row.section === section).flatMap(({ kafka }) => kafka)

const isCoveredBy = (name: string, entry: string): boolean =>
  entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name

describe('the document beside Kafka', () => {
  test(`is about the release whose names are known here: ${KAFKA.version}`, () => {
    expect(readText(DOCUMENT)).toContain(`\`kafka-clients\` ${KAFKA.version}`)
  })

  test.each([
    ['Producer configs', KAFKA.producerConfigs],
    ['Consumer configs', KAFKA.consumerConfigs],
    ['Topic configs', KAFKA.topicConfigs],
    ['Admin configs', KAFKA.adminConfigs],
    ['Producer calls', KAFKA.producerCalls],
    ['Consumer calls', KAFKA.consumerCalls],
    ['Admin calls', KAFKA.adminCalls],
  ])('has each of Kafka’s %s once, and no other', (section, names) => {
    const isOfClient = section.endsWith('configs') && section !== 'Topic configs'
    const own = namesOfSection(section)
    const shared = isOfClient ? namesOfSection('Configs of every client') : []
    const entries = [...own, ...shared]
    const counts = names.map((name) => entries.filter((entry) => isCoveredBy(name, entry)).length)
    expect(names.filter((_, index) => counts[index] !== 1)).toEqual([])
    expect(own.filter((entry) => !names.includes(entry))).toEqual([])
  })

  test('has nothing among the configs of every client that only one client has', () => {
    const clients = [KAFKA.producerConfigs, KAFKA.consumerConfigs, KAFKA.adminConfigs]
    const strays = namesOfSection('Configs of every client').filter(
      (entry) => !clients.some((names) => names.some((name) => isCoveredBy(name, entry))),
    )
    expect(strays).toEqual([])
  })

  test('says how something differs only of what stands in the table above', () => {
    for (const { section, names } of entriesOf('How')) {
      const inTable = PRESENT.filter((row) => row.section === section).flatMap(({ kafka }) => kafka)
      expect(inTable).toEqual(expect.arrayContaining([...names]))
    }
  })

  test('can be read as it stands: no line is wide', () => {
    const lines = readText(DOCUMENT).split('\n')
    expect(lines.filter((line) => line.length > MAX_WIDTH)).toEqual([])
  })

  test.each(ROWS)('$section, $kafka: what stands beside it exists', ({ ours, is, note, kafka }) => {
    expect(['same', 'narrower', 'absent']).toContain(is)
    expect(ours.length === 0).toBe(is === 'absent')
    expect(ours.filter((name) => !OURS.has(name))).toEqual([])
    // Only what is the same needs no words.
    if (is !== 'same') expect(note, kafka.join()).not.toBe('')
  })

  test.each(
    ROWS.filter(({ ours, section }) => OWNERS[section]?.endsWith('Config') && ours.length > 0),
  )(
    '$section, $kafka: the default is the real one',
    ({ ours, ourDefault, kafkaDefault, is, note }) => {
      const [owner, option] = ours[0]!.split('.')
      expect(ourDefault).toBe(show(OPTIONS[owner!]![option!]))
      const isOther = ourDefault.toLowerCase() !== kafkaDefault.toLowerCase()
      if (is === 'same' && isOther) expect(note).not.toBe('')
    },
  )

  test('leaves out nothing that Ringlog has', () => {
    const told = new Set([...ROWS.flatMap(({ ours }) => ours), ...ONLY_HERE])
    expect([...OURS].filter((name) => !told.has(name))).toEqual([])
    expect(ONLY_HERE.filter((name) => !OURS.has(name))).toEqual([])
    const beside = new Set(ROWS.flatMap(({ ours }) => ours))
    expect(ONLY_HERE.filter((name) => beside.has(name))).toEqual([])
  })
})
