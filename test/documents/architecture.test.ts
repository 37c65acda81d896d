import { globSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, codeBlocksOf, readText } from './markdown.ts'
import { tablesOf } from './tables.ts'

const DOCUMENT = 'docs/architecture.md'
const TABLES = tablesOf(DOCUMENT)

function rowsUnder(heading: string): readonly string[][] {
  return TABLES.find((table) => table.heading === heading)!.rows
}

function foldersIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`)
}

/** Folders of the tree under "Where to find what", from the repository's folder. */
function treeFolders(): string[] {
  const { text } = codeBlocksOf(DOCUMENT).find(({ language }) => language === 'text')!
  let parent = ''
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [path] = line.trim().split(' ')
      if (!line.startsWith(' ')) parent = path!
      return line.startsWith(' ') ? join(parent, path!) : path!
    })
    .map((path) => path.replace(/\/$/, ''))
    .filter((path) => !path.endsWith('.ts'))
}

describe(DOCUMENT, () => {
  test('says where to start with twenty intents at least, each by a file', () => {
    const intents = rowsUnder('I want to change X: where do I start')
    expect(intents.length).toBeGreaterThanOrEqual(20)
    for (const [, start] of intents) expect(start).toMatch(/`packages\/[^`]+`/)
  })

  test('has every package, tool and test folder in its tree, and the folders of those with several', () => {
    const there = [
      ...['packages', 'apps', 'tools'].flatMap(foldersIn),
      ...['core', 'storage', 'broker', 'consumer-pool', 'kafka-cluster'].flatMap((name) =>
        foldersIn(`packages/${name}/src`),
      ),
    ]
    const inTree = treeFolders()
    expect(inTree).toEqual(expect.arrayContaining(there))
    const all = new Set([...there, 'examples', ...foldersIn('test')])
    expect(inTree.filter((path) => !all.has(path))).toEqual([])
  })

  test('lists every decision', () => {
    const links = rowsUnder('Decisions').map(([cell]) => /\((adr\/[^)]+)\)/.exec(cell!)![1]!)
    const files = globSync('docs/adr/*.md', { cwd: ROOT }).map((path) => path.slice('docs/'.length))
    expect(links).toEqual(files.toSorted())
  })

  test('explains each word once, and says where it lives', () => {
    const rows = rowsUnder('Glossary')
    const words = rows.flatMap(([word]) => word!.split(', '))
    expect(new Set(words).size).toBe(words.length)
    for (const [word, , file] of rows) expect(file, word).toMatch(/`packages\/[^`]+`/)
  })

  test('refers to every decision where the text makes it', () => {
    const text = readText(DOCUMENT).replace(/^## Decisions$.*?^## /ms, '')
    for (const path of globSync('docs/adr/*.md', { cwd: ROOT })) {
      expect(text).toContain(`(${path.slice('docs/'.length)})`)
    }
  })
})
