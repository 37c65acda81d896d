import { readText } from './markdown.ts'

/** The cells of each row of each table of a Markdown file, headings left out. */
export function rowsOfTables(file: string): string[][][] {
  return [...readText(file).matchAll(/(?:^\|.*\|\n)+/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim().replaceAll('\\|', '|')),
      ),
  )
}
