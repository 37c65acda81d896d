import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url))

/** A fenced block of a Markdown file. */
export interface CodeBlock {
  readonly file: string
  /** Its line in the file, from 1. */
  readonly line: number
  readonly language: string
  readonly text: string
}

/** Every Markdown file that people wrote, from the repository's folder. */
export const MARKDOWN_FILES: readonly string[] = globSync('**/*.md', {
  cwd: ROOT,
  exclude: (path) => /(^|\/)(node_modules|dist|results|\.turbo)$/.test(path),
})
  .filter((file) => !/(^|\/)CHANGELOG\.md$/.test(file))
  .sort()

export function readText(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

export function codeBlocksOf(file: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  const text = readText(file)
  for (const match of text.matchAll(/^```(\w*)\n(.*?)^```$/gms)) {
    const line = text.slice(0, match.index).split('\n').length
    blocks.push({ file, line, language: match[1]!, text: match[2]! })
  }
  return blocks
}

export const CODE_BLOCKS: readonly CodeBlock[] = MARKDOWN_FILES.flatMap(codeBlocksOf)
