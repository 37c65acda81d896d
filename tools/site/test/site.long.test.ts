import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { runInThisContext } from 'node:vm'
import MiniSearch from 'minisearch'
import { beforeAll, describe, expect, test } from 'vitest'
import { absolute, readText } from '../src/repository.ts'

const folder = absolute('tools/site/dist/site')

/** In a process of its own: the generator takes vitest's environment for one without scripts. */
function makeSite(): Promise<unknown> {
  const { NODE_ENV: _, ...env } = process.env
  return promisify(execFile)('node', [absolute('tools/site/src/main.ts')], { env })
}

describe('the site', () => {
  let html: ReadonlyMap<string, string>

  // It throws where a link of a page leads to nothing.
  beforeAll(async () => {
    await makeSite()
    const pages = globSync('**/*.html', { cwd: folder })
    html = new Map(pages.map((page) => [page, readFileSync(join(folder, page), 'utf8')]))
  }, 120_000)

  test('has a page for each of docs, the README, the API and an example', () => {
    const docs = globSync('docs/**/*.md', { cwd: absolute('.') })
    const expected = docs.map((file) => file.replace(/^docs\//, '').replace(/\.md$/, '.html'))
    const pages = [...html.keys()]
    expect(pages).toEqual(
      expect.arrayContaining(expected.map((page) => page.replace(/README\.html$/, 'index.html'))),
    )
    expect(pages).toContain('repository/index.html')
    expect(pages).toContain('api/ringlog/classes/Consumer.html')
    expect(pages).toContain('repository/examples/01-article/index.html')
  })

  test('loads nothing from elsewhere', () => {
    for (const [page, text] of html) {
      expect(text, page).not.toMatch(/<(?:script|img|link)[^>]+(?:src|href)="(?:https?:)?\/\//)
    }
    for (const sheet of globSync('**/*.css', { cwd: folder })) {
      const text = readFileSync(join(folder, sheet), 'utf8')
      expect(text, sheet).not.toMatch(/url\(["']?(?:https?:)?\/\/|@import/)
    }
  })

  test('shows what stands in docs as it stands there', () => {
    expect(html.get('architecture.html')).toContain('sequenceDiagram')
    expect(html.get('testing.html')).toContain('MockProducer')
  })

  test.each([
    ['murmur2', /functions\/murmur2/],
    ['consumerPool workers bundle', /bundling/],
    ['MESSAGE_TOO_LARGE', /repository|api/],
    ['offsetsForTimes', /^\/api\/ringlog\/classes\/Consumer/],
  ])('finds %s', async (words, page) => {
    const [chunk] = globSync('assets/chunks/@localSearchIndex*.js', { cwd: folder })
    const { default: json } = (await import(pathToFileURL(join(folder, chunk!)).href)) as {
      default: string
    }
    const index = MiniSearch.loadJSON(json, {
      fields: ['title', 'titles', 'text'],
      storeFields: ['title', 'titles'],
    })
    const found = index.search(words, { combineWith: 'AND' }).map(({ id }) => String(id))
    expect(
      found.some((id) => page.test(id)),
      found.join('\n'),
    ).toBe(true)
  })
})

test('sequence diagrams can be drawn', async () => {
  const { mermaid } = loadMermaid()
  const diagrams = globSync('docs/**/*.md', { cwd: absolute('.') }).flatMap((file) =>
    [...readText(file).matchAll(/^```mermaid\n(sequenceDiagram\n.*?)^```$/gms)].map(
      ([, source]) => source!,
    ),
  )
  expect(diagrams.length).toBeGreaterThan(0)
  for (const diagram of diagrams) await mermaid.parse(diagram)
})

/** As a browser does: a script that leaves its name behind. Only sequences can be parsed without a document. */
function loadMermaid(): { mermaid: { parse(source: string): Promise<unknown> } } {
  runInThisContext(readText('node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js'))
  return globalThis as unknown as ReturnType<typeof loadMermaid>
}
