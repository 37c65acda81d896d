import { runCommand } from './run-command.ts'

/** The oldest release that `engines` allows, the newest of each line, and the one that runs this. */
const VERSIONS = ['22.18.0', '22.23.3', '24.21.0']

export interface NodeRelease {
  readonly version: string
  readonly path: string
}

/**
 * Node.js comes as an npm package; npm keeps it in its cache. Not as a dependency of this repository:
 * of several packages with a program of one name, only one can be first on the path.
 */
export async function fetchNodeReleases(folder: string): Promise<NodeRelease[]> {
  const fetched = await Promise.all(VERSIONS.map((version) => fetchNode(version, folder)))
  return [...fetched, { version: process.versions.node, path: process.execPath }]
}

async function fetchNode(version: string, folder: string): Promise<NodeRelease> {
  const path = await runCommand(
    'npm',
    ['exec', '--yes', `--package=node@${version}`, '--', 'node', '--print', 'process.execPath'],
    { cwd: folder },
  )
  const release = { version, path: path.trim() }
  const found = await runCommand(release.path, ['--print', 'process.versions.node'])
  if (found.trim() !== version) {
    throw new Error(`asked npm for Node.js ${version}, got ${found.trim()} in ${release.path}`)
  }
  return release
}
