import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

const ATTRIBUTE = / (?:href|src)="([^"]+)"/g

/** What the HTML in a folder refers to and the folder does not have: pages, headings, scripts, pictures. */
export function deadLinksIn(folder: string): string[] {
  const files = new Set(globSync('**/*', { cwd: folder }))
  const pages = [...files].filter((file) => file.endsWith('.html'))
  const html = new Map(pages.map((page) => [page, readFileSync(join(folder, page), 'utf8')]))
  const dead: string[] = []
  for (const [page, text] of html) {
    for (const [, link] of text.matchAll(ATTRIBUTE)) {
      if (/^(?:[a-z]+:|\/\/)/.test(link!)) continue
      const [path = '', anchor = ''] = link!.split('#').map(decodeURIComponent)
      const target = fileOf(path, page)
      const isThere = files.has(target)
      const hasAnchor = anchor === '' || html.get(target)?.includes(` id="${anchor}"`) === true
      if (!isThere || !hasAnchor) dead.push(`${page}: ${link}`)
    }
  }
  return [...new Set(dead)]
}

/** The file that a link of a page asks for. */
function fileOf(path: string, page: string): string {
  if (path === '') return page
  const file = path.startsWith('/') ? path.slice(1) : posix.join(dirname(page), path)
  return file === '' || file.endsWith('/') ? `${file}index.html` : file
}
