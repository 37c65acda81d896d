/**
 * Writes where the source, the pages and the issues are into every package that is published. The one place
 * that says so is package.json of the repository: `repository`, `homepage`, `bugs`.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

export type Manifest = Record<string, unknown>

export interface Links {
  readonly repository: { readonly type: string; readonly url: string }
  readonly homepage: string
  readonly bugs: { readonly url: string }
}

/** What package.json of the repository says; `null` as long as the publisher has not filled it in. */
export function linksOf(root: Manifest): Links | null {
  const { repository, homepage, bugs } = root as unknown as Links
  const isFilledIn = [repository.url, homepage, bugs.url].every((text) => text !== '')
  return isFilledIn ? { repository, homepage, bugs } : null
}

/** The manifest of the package in `directory` with the links in it, behind its license. */
export function withLinks(manifest: Manifest, directory: string, links: Links | null): Manifest {
  const fields = Object.entries(manifest).filter(
    ([name]) => name !== 'repository' && name !== 'homepage' && name !== 'bugs',
  )
  if (links !== null) {
    const { repository, homepage, bugs } = links
    const ours = Object.entries({ repository: { ...repository, directory }, homepage, bugs })
    fields.splice(fields.findIndex(([name]) => name === 'license') + 1, 0, ...ours)
  }
  return Object.fromEntries(fields)
}

/** The folders of the packages that are published, from the repository's. */
export function publishedFolders(): string[] {
  return globSync('{packages,apps}/*/package.json', { cwd: ROOT })
    .map((path) => dirname(path))
    .sort()
    .filter((folder) => readManifest(folder)['private'] !== true)
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest
}

if (import.meta.main) {
  const links = linksOf(readManifest('.'))
  if (links === null) {
    console.error('package.json of the repository has no repository.url, homepage or bugs.url yet')
    process.exitCode = 1
  }
  for (const folder of publishedFolders()) {
    const manifest = withLinks(readManifest(folder), folder, links)
    writeFileSync(join(ROOT, folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  }
}
