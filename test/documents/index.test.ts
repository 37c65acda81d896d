import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ROOT, readText } from './markdown.ts'

test('docs/README.md, which is also the sidebar of the site, lists each page of docs once', () => {
  const pages = globSync('**/*.md', { cwd: `${ROOT}/docs` }).filter((file) => file !== 'README.md')
  const items = readText('docs/README.md').matchAll(/^ *- \[[^\]]+\]\(([^)#]+)\)/gm)
  const listed = [...items].map(([, link]) => link!).filter((link) => !link.startsWith('../'))
  expect(listed.toSorted()).toEqual(pages.toSorted())
})
