/**
 * Checks the dependency graph of the packages: imports only go down, by the tags of turbo.json.
 *
 * A script of its own, because turbo refuses to run a task whose command line names turbo.
 */
import { spawnSync } from 'node:child_process'

const { status, error } = spawnSync('turbo', ['boundaries'], { stdio: 'inherit' })
if (error !== undefined) throw error
process.exitCode = status ?? 1
