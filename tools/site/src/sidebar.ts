import type { DefaultTheme } from 'vitepress'
import { pathOf, type Page } from './pages.ts'
import { readText, targetOf } from './repository.ts'

type Item = DefaultTheme.SidebarItem

/** What docs/README.md lists, in its order: a group for each heading, an item for each line with a link. */
export function guideSidebar(): Item[] {
  const index = 'docs/README.md'
  const groups: Item[] = []
  for (const line of readText(index).split('\n')) {
    const heading = /^## (.+)$/.exec(line)?.[1]
    if (heading !== undefined) groups.push({ text: heading, items: [] })
    const [, indent, text, link] = /^( *)- \[(.+?)\]\(([^)]+)\)/.exec(line) ?? []
    const file = link === undefined ? null : targetOf(index, link)?.file
    if (file === null || file === undefined) continue
    const group = groups.at(-1)!
    const items = indent === '' ? group.items! : (group.items!.at(-1)!.items ??= [])
    if (indent !== '') group.items!.at(-1)!.collapsed = true
    items.push({ text: text!.replaceAll('`', ''), link: `/${pathOf(file)}` })
  }
  return groups
}

/** The API reference: a group for each entry point, in it one for each kind of export. */
export function apiSidebar(pages: readonly Page[]): Item[] {
  const entries = new Map<string, Map<string, Item[]>>()
  for (const { path } of pages) {
    const [, entry, kind, name] = /^api\/(.+?)\/([a-z-]+)\/([^/]+)\.md$/.exec(path) ?? []
    if (entry === undefined || name === 'index') continue
    const kinds = entries.get(entry) ?? new Map<string, Item[]>()
    entries.set(entry, kinds)
    kinds.set(kind!, [...(kinds.get(kind!) ?? []), { text: name!, link: `/${path}` }])
  }
  return [...entries].map(([entry, kinds]) => ({
    text: entry,
    link: `/api/${entry}/`,
    collapsed: false,
    items: [...kinds].map(([kind, items]) => ({ text: titleOf(kind), collapsed: true, items })),
  }))
}

/** `type-aliases` is "Type aliases". */
function titleOf(kind: string): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll('-', ' ')
}
