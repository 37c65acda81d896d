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
