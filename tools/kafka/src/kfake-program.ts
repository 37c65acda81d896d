import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FOLDER } from './folders.ts'

const SOURCES = fileURLToPath(new URL('../kfake', import.meta.url))
/** Where Go's own instructions install it, which is on nobody's PATH by itself. */
const INSTALLED_GO = '/usr/local/go/bin/go'
/** From 1.21 on, Go fetches the version that a module names; some distributions turn that off. */
const ENV = { GOTOOLCHAIN: 'auto', ...process.env }

/** What this machine lacks for kfake; `null`: nothing. */
export function missingForKfake(): string | null {
  const go = goProgram()
  if (go === null) return 'Go, which this machine does not have'
  const { status, stderr } = spawnSync(go, ['list', '-m'], {
    cwd: SOURCES,
    env: ENV,
    encoding: 'utf8',
  })
  return status === 0 ? null : `a newer Go: ${stderr.trim().split('\n')[0]}`
}

/**
 * Franz-go's fake broker, built from Go's module proxy where it has not been.
 *
 * @returns The program.
 * @throws Error with what Go says.
 */
export function kfakeProgram(): string {
  const program = join(FOLDER, `kfake-${digestOf(SOURCES)}`)
  if (existsSync(program)) return program
  mkdirSync(FOLDER, { recursive: true })
  const partial = `${program}-${process.pid}`
  const { status, stderr, error } = spawnSync(goProgram() ?? 'go', ['build', '-o', partial, '.'], {
    cwd: SOURCES,
    env: ENV,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`Go did not build kfake: ${error?.message ?? stderr}`)
  // Whoever looks meanwhile finds all of it, or nothing.
  renameSync(partial, program)
  return program
}

function goProgram(): string | null {
  const programs = ['go', INSTALLED_GO]
  return programs.find((go) => spawnSync(go, ['version']).error === undefined) ?? null
}

function digestOf(folder: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, name)))
  return hash.digest('hex').slice(0, 12)
}
