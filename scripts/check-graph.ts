/**
 * Checks the dependency graph: imports between packages only go down, by the tags of turbo.json; within
 * them no files import each other in a circle, not even by their types, and the rooms of the broker keep
 * to themselves, by graph.oxlintrc.json.
 *
 * A script of its own, because turbo refuses to run a task whose command line names turbo.
 */
import { spawnSync } from 'node:child_process'

const CHECKS: ReadonlyArray<readonly [command: string, ...args: string[]]> = [
  ['turbo', 'boundaries'],
  ['oxlint', '--config', 'graph.oxlintrc.json', '--deny-warnings', 'packages', 'apps', 'tools'],
]

for (const [command, ...args] of CHECKS) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status !== 0) process.exitCode = status ?? 1
}
