import type { MarkdownRenderer } from 'vitepress'
import { pathOf, type Page } from './pages.ts'
import { targetOf } from './repository.ts'

/** The anchor of a heading, as code hosts make it: the links of a page are right there, and here. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** Has links between files of the repository lead to the pages that are made of them. */
export function linkPages(md: MarkdownRenderer, pages: readonly Page[]): void {
  const files = new Map(pages.map(({ file, path }) => [path, file]))
  md.core.ruler.push('link-pages', ({ tokens, env }) => {
    const file = files.get((env as { relativePath: string }).relativePath)
    if (file === undefined) return
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const link = token.type === 'link_open' ? token.attrGet('href') : null
      const target = link === null || link.startsWith('#') ? null : targetOf(file, link)
      if (target === null) continue
      if (target.file === null) throw new Error(`${file} links to ${link}, which is not there`)
      token.attrSet('href', `/${pathOf(target.file)}${target.anchor}`)
    }
  })
}

/** Draws the blocks in Mermaid's language, in the browser; until then, and without scripts, they are text. */
export function drawDiagrams(md: MarkdownRenderer): void {
  const showCode = md.renderer.rules.fence!
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index]!
    if (info.trim() !== 'mermaid') return showCode(tokens, index, ...rest)
    return `<MermaidDiagram source="${encodeURIComponent(content)}" />\n`
  }
}

/** Text is text: what stands between double braces is no expression. */
export function keepBraces(md: MarkdownRenderer): void {
  const showText = md.renderer.rules.text!
  md.renderer.rules.text = (...token) => showText(...token).replaceAll('{{', '&#123;&#123;')
}
