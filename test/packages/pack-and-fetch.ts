import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { fetchNodeReleases, type NodeRelease } from './node-releases.ts'
import { packAll, type PackedPackage } from './packed-packages.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Outside of the repository, so that nothing of it is found from there. */
    folder: string
    packed: PackedPackage[]
    nodes: NodeRelease[]
  }
}

/** Once for all test files: packs every package, and fetches the releases of Node.js. */
export default async function packAndFetch(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'ringlog-packages-'))
  const [packed, nodes] = await Promise.all([packAll(folder), fetchNodeReleases(folder)])
  project.provide('folder', folder)
  project.provide('packed', packed)
  project.provide('nodes', nodes)
  return () => rm(folder, { recursive: true, force: true })
}
