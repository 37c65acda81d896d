import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from './run-command.ts'

/** The repository. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url))

/** The packages that are published, by their folders. */
export const PACKAGE_FOLDERS: readonly string[] = globSync('{packages,apps}/*/package.json', {
  cwd: ROOT,
})
  .map((path) => dirname(path))
  .filter((folder) => manifestOf(folder)['private'] !== true)
  .sort()

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Record<string, string | Record<string, string>>
  readonly dependencies?: Record<string, string>
  readonly scripts?: Record<string, string>
}

export function manifestOf(folder: string): Manifest & Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest &
    Record<string, unknown>
}

/** What `npm pack` made of a package. */
export interface PackedPackage {
  readonly name: string
  readonly folder: string
  readonly tarball: string
  /** Every file in it, sorted. */
  readonly files: readonly string[]
  /** Names of those that it depends on and that this repository publishes, at any depth. */
  readonly needs: readonly string[]
}

export async function packAll(target: string): Promise<PackedPackage[]> {
  const workspaces = PACKAGE_FOLDERS.flatMap((folder) => ['--workspace', folder])
  const output = await runCommand(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', target, ...workspaces],
    { cwd: ROOT },
  )
  const packed = JSON.parse(output) as Array<{
    name: string
    filename: string
    files: Array<{ path: string }>
  }>
  const folderOf = new Map(PACKAGE_FOLDERS.map((folder) => [manifestOf(folder).name, folder]))
  return packed.map(({ name, filename, files }) => ({
    name,
    folder: folderOf.get(name)!,
    tarball: join(target, filename.replace('@', '').replace('/', '-')),
    files: files.map(({ path }) => path).sort(),
    needs: [...needsOf(name, folderOf)].sort(),
  }))
}

function needsOf(name: string, folderOf: ReadonlyMap<string, string>): Set<string> {
  const needs = new Set<string>()
  for (const dependency of Object.keys(manifestOf(folderOf.get(name)!).dependencies ?? {})) {
    if (!folderOf.has(dependency)) continue
    needs.add(dependency)
    for (const deeper of needsOf(dependency, folderOf)) needs.add(deeper)
  }
  return needs
}
