import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FOLDER } from './folders.ts'

/** What is downloaded together. */
export type Library = 'node' | 'test-kit'

/** The newest that has been tried; the test kit comes later than a release. */
export const VERSIONS: Readonly<Record<Library, string>> = { node: '4.4.0', 'test-kit': '4.3.1' }

/** What a machine lacks that Kafka needs; `null`: nothing. */
export function missingPrograms(): string | null {
  const missing = ['java', 'mvn'].filter((program) => spawnSync(program, ['-version']).error)
  return missing.length === 0 ? null : missing.join(' and ')
}

/**
 * The folder with Kafka's jars, of Maven Central where they are not there yet.
 *
 * @throws Error with what Maven says.
 */
export function librariesOf(library: Library, version: string): string {
  const folder = join(FOLDER, `libraries-${library}-${version}`)
  if (existsSync(folder)) return folder
  const partial = `${folder}-${process.pid}`
  const pom = fileURLToPath(new URL(`../maven/${library}.xml`, import.meta.url))
  const { status, stdout, stderr, error } = spawnSync(
    'mvn',
    [
      '--quiet',
      '--batch-mode',
      '--file',
      pom,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${partial}`,
      `-Dkafka.version=${version}`,
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    throw new Error(`Maven did not bring Kafka ${version}: ${error?.message ?? stdout + stderr}`)
  }
  // Whoever looks meanwhile finds all of it, or nothing.
  renameSync(partial, folder)
  return folder
}
