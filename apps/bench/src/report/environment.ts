import { readFileSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import type { Environment } from './bench-report.ts'

/** What a reader must know of the machine to make anything of the figures. */
export function describeEnvironment(): Environment {
  const manifest = readFileSync(new URL(import.meta.resolve('ringlog/package.json')), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    os: `${type()} ${release()}`,
    ringlog: version,
    startedAt: new Date().toISOString(),
  }
}
