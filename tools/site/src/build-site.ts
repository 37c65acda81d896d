import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { deadLinksIn } from './dead-links.ts'
import { collectPages, markdownOf } from './pages.ts'

const SITE = fileURLToPath(new URL('../', import.meta.url))

export interface BuiltSite {
  /** The folder with its index.html. */
  readonly folder: string
  readonly pageCount: number
}

/** Throws, naming them, where links lead to nothing. */
export async function buildSite(): Promise<BuiltSite> {
  const source = join(SITE, 'dist/pages')
  await rm(source, { recursive: true, force: true })
  const pages = collectPages()
  for (const page of pages) {
    const path = join(source, page.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, markdownOf(page))
  }
  await build(SITE)
  const folder = join(SITE, 'dist/site')
  const dead = deadLinksIn(folder)
  if (dead.length > 0) throw new Error(`dead links:\n${dead.join('\n')}`)
  return { folder, pageCount: pages.length }
}
