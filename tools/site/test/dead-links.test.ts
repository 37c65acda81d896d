import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deadLinksIn } from '../src/dead-links.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringlog-site-'))
  await mkdir(join(folder, 'adr'))
  await writeFile(join(folder, 'adr/index.html'), '<h1 id="why">Why</h1>')
})

afterEach(() => rm(folder, { recursive: true }))

test.each([
  '/adr/',
  '/adr/index.html',
  'adr/index.html#why',
  '#here',
  'https://elsewhere.example/',
  'data:image/png;base64,',
])('%s is no dead link', async (link) => {
  await writeFile(join(folder, 'index.html'), `<p id="here"><a href="${link}">`)
  expect(deadLinksIn(folder)).toEqual([])
})

test.each(['/gone.html', 'adr/gone.html', '/adr/#gone', '#gone'])(
  '%s is a dead link',
  async (link) => {
    await writeFile(join(folder, 'index.html'), `<p id="here"><a href="${link}">`)
    expect(deadLinksIn(folder)).toEqual([`index.html: ${link}`])
  },
)

test('a script that is not there is told as well', async () => {
  await writeFile(join(folder, 'index.html'), '<script src="/assets/gone.js"></script>')
  expect(deadLinksIn(folder)).toEqual(['index.html: /assets/gone.js'])
})
