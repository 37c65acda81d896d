import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MIN_JAVA = 17

export interface JavaArtifact {
  readonly group: string
  readonly name: string
  readonly version: string
}

/** Jars of Maven's that a rival needs, kept from one bench to the next. */
export class JavaLibraries {
  /** What of `java -cp` takes them all. */
  readonly classpath: string
  readonly #folder: string
  readonly #artifacts: readonly JavaArtifact[]

  /** @param name Of the folder: with the version in it, so that another one is fetched anew. */
  constructor(name: string, artifacts: readonly JavaArtifact[]) {
    const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
    this.#folder = join(caches, 'ringlog-bench', name)
    this.#artifacts = artifacts
    this.classpath = join(this.#folder, '*')
  }

  /**
   * Fetches them by `mvn` unless they are there.
   *
   * @returns Why that cannot be, in a line; else `null`.
   */
  async prepare(): Promise<string | null> {
    try {
      const { stdout } = await run('java', ['--list-modules'])
      const missing = whatJavaLacks(stdout)
      if (missing !== null) return missing
    } catch (error) {
      return isNotFound(error) ? 'there is no java on the PATH' : `java: ${lastLine(error)}`
    }
    if (existsSync(this.#folder)) return null
    const partial = `${this.#folder}.${process.pid}`
    try {
      await mkdir(partial, { recursive: true })
      const pom = join(partial, 'pom.xml')
      await writeFile(pom, pomOf(this.#artifacts))
      const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime']
      await run('mvn', ['-q', '-B', '-f', pom, ...goal, `-DoutputDirectory=${partial}`])
      await rename(partial, this.#folder)
      return null
    } catch (error) {
      return isNotFound(error)
        ? 'there is no mvn on the PATH to fetch it with'
        : `mvn could not fetch it: ${lastLine(error)}`
    } finally {
      await rm(partial, { recursive: true, force: true })
    }
  }
}

/** @param modules As `java --list-modules` tells them. */
export function whatJavaLacks(modules: string): string | null {
  const version = /^java\.base@(\d+)/m.exec(modules)?.[1] ?? 'unknown'
  if (!(Number(version) >= MIN_JAVA)) {
    return `it takes Java ${MIN_JAVA} or later; the one on the PATH is ${version}`
  }
  return /^jdk\.compiler@/m.test(modules) ? null : 'the Java on the PATH has no compiler'
}

function pomOf(artifacts: readonly JavaArtifact[]): string {
  const dependencies = artifacts.map(
    ({ group, name, version }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId>` +
      `<version>${version}</version></dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ringlog</groupId><artifactId>bench-rival</artifactId><version>1</version>
  <dependencies>${dependencies.join('')}</dependencies>
</project>
`
}

function isNotFound(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** What a program said at last, on either stream. */
function lastLine(error: unknown): string {
  const {
    stdout = '',
    stderr = '',
    message,
  } = error as Error & { stdout?: string; stderr?: string }
  return `${stdout}\n${stderr}`.trim().split('\n').at(-1) || message
}
