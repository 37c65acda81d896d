import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** A path from the repository's folder, as the file system takes it. */
export const absolute = (path: string): string => join(ROOT, path)

/** The text of a file of the repository. */
export const readText = (file: string): string => readFileSync(absolute(file), 'utf8')

const isFolder = (path: string): boolean => statSync(absolute(path)).isDirectory()

/** Where a link leads to: a file of the repository, and a heading in it. */
export interface Target {
  /** From the repository's folder; `null`: it is not there. */
  readonly file: string | null
  /** `#` and the heading's anchor, or ''. */
  readonly anchor: string
}

/** Where a link in `file` leads to, as on a code host; `null`: out of the repository. */
export function targetOf(file: string, link: string): Target | null {
  if (/^[a-z]+:/.test(link)) return null
  const [path = '', anchor] = link.split('#')
  const found = path === '' ? file : normalize(join(dirname(file), decodeURI(path)))
  return { file: fileAt(found), anchor: anchor === undefined ? '' : `#${anchor}` }
}

/** A code host shows a folder's README with the folder. */
function fileAt(path: string): string | null {
  if (!existsSync(absolute(path))) return null
  if (!isFolder(path)) return path
  const readme = join(path, 'README.md')
  return existsSync(absolute(readme)) ? readme : null
}
