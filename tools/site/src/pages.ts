import { globSync } from 'node:fs'
import { extname, join } from 'node:path'
import { absolute, readText, targetOf } from './repository.ts'

/** A page of the site. */
export interface Page {
  /** What it is made of, from the repository's folder. */
  readonly file: string
  /** Its Markdown file among the site's pages. */
  readonly path: string
}

/** Where TypeDoc puts the API reference, as Markdown. */
const API = 'tools/api-reference/dist'

/**
 * The site's pages: all of docs, the API reference, and every file of the repository that they lead to.
 * Throws where a link leads to nothing.
 */
export function collectPages(): Page[] {
  const files = new Set([...markdownIn('docs'), 'README.md', ...markdownIn(API)])
  const dead: string[] = []
  // A set is iterated to its end, also over what is added meanwhile.
  for (const file of files) {
    for (const link of linksOf(file)) {
      const target = targetOf(file, link)
      if (target?.file === null) dead.push(`${file}: ${link}`)
      else if (target !== null) files.add(target.file)
    }
  }
  if (dead.length > 0) throw new Error(`links that lead to nothing:\n${dead.join('\n')}`)
  return [...files].map((file) => ({ file, path: pathOf(file) }))
}

function markdownIn(folder: string): string[] {
  const files = globSync('**/*.md', { cwd: absolute(folder) })
  if (files.length === 0) throw new Error(`there are no pages in ${folder}`)
  return files.toSorted().map((file) => join(folder, file))
}

/** The links in a file's prose; none where it is not Markdown. */
function linksOf(file: string): string[] {
  if (!isMarkdown(file)) return []
  const prose = readText(file).replaceAll(/^(```+).*?^\1$|`[^`\n]+`/gms, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
}

/** docs is the site's root; what lies beside it goes under repository. */
export function pathOf(file: string): string {
  const page = isMarkdown(file) ? file.replace(/(^|\/)README\.md$/, '$1index.md') : `${file}.md`
  if (page.startsWith('docs/')) return page.slice('docs/'.length)
  if (page.startsWith(`${API}/`)) return page.replace(API, 'api')
  return `repository/${page}`
}

/** The text of a page. A file that is not Markdown is shown as it is. */
export function markdownOf({ file }: Page): string {
  const text = readText(file)
  if (isMarkdown(file)) return text
  return `# ${file}\n\n\`\`\`\`${extname(file).slice(1)}\n${text.trimEnd()}\n\`\`\`\`\n`
}

function isMarkdown(file: string): boolean {
  return file.endsWith('.md')
}
