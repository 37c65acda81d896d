import { readText } from './markdown.ts'

/** A table of a Markdown file. */
export interface Table {
  /** The heading that it stands under. */
  readonly heading: string
  /** The cells of each row, the heading row left out. */
  readonly rows: readonly string[][]
}

export function tablesOf(file: string): Table[] {
  const parts = readText(file).matchAll(/^#+ (?<heading>.+)$|(?<table>(?:^\|.*\|\n)+)/gm)
  const tables: Table[] = []
  let heading = ''
  for (const { groups } of parts) {
    if (groups!['table'] === undefined) heading = groups!['heading']!
    else tables.push({ heading, rows: rowsOf(groups!['table']) })
  }
  return tables
}

function rowsOf(table: string): string[][] {
  const lines = table.trim().split('\n').slice(2)
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

/** A list of a Markdown file, each of whose entries says something of names: "- `acks`, `linger`: words". */
export interface NameList {
  /** The heading that it stands under. */
  readonly heading: string
  /** The line above it, without its colon. */
  readonly title: string
  readonly entries: ReadonlyArray<{ readonly names: readonly string[]; readonly text: string }>
}

export function nameListsOf(file: string): NameList[] {
  const parts = readText(file).matchAll(
    /^#+ (?<heading>.+)$|^(?<title>[^\n|-].*):\n\n(?<list>(?:- .*\n(?: {2}.*\n)*)+)/gm,
  )
  const lists: NameList[] = []
  let heading = ''
  for (const { groups } of parts) {
    if (groups!['list'] === undefined) heading = groups!['heading']!
    else lists.push({ heading, title: groups!['title']!, entries: entriesOf(groups!['list']) })
  }
  return lists
}

function entriesOf(list: string): NameList['entries'] {
  return list.split(/^- /m).flatMap((entry) => {
    const { names, text } =
      /^(?<names>`[^`]+`(?:,\s+`[^`]+`)*):\s+(?<text>.+)$/s.exec(entry)?.groups ?? {}
    return names === undefined ? [] : [{ names: namesIn(names), text: text! }]
  })
}

/** What stands in backquotes. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
}
