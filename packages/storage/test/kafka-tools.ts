import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const KAFKA_VERSION = '4.4.0'
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ringlog</groupId><artifactId>kafka-tools</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${KAFKA_VERSION}</version></dependency>
  </dependencies>
</project>
`

/** Kafka's own tools, which are fetched once; `null`: this machine has no Java, or no mvn to fetch them with. */
export async function kafkaTools(): Promise<KafkaTools | null> {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = join(caches, 'ringlog-test', `kafka-tools-${KAFKA_VERSION}`)
  try {
    await run('java', ['-version'])
    if (!existsSync(folder)) await fetchInto(folder)
    return new KafkaTools(join(folder, '*'))
  } catch {
    return null
  }
}

async function fetchInto(folder: string): Promise<void> {
  const partial = `${folder}.${process.pid}`
  try {
    await mkdir(partial, { recursive: true })
    const pom = join(partial, 'pom.xml')
    await writeFile(pom, POM)
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime']
    await run('mvn', ['-q', '-B', '-f', pom, ...goal, `-DoutputDirectory=${partial}`])
    await rename(partial, folder)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

export class KafkaTools {
  readonly #classpath: string

  constructor(classpath: string) {
    this.#classpath = classpath
  }

  /** What DumpLogSegments prints of files; it exits with 0 for many faults, too. */
  async dumpLogSegments(files: readonly string[], ...options: string[]): Promise<string[]> {
    const tool = 'org.apache.kafka.tools.DumpLogSegments'
    const { stdout, stderr } = await run(
      'java',
      ['-Xmx256m', '-cp', this.#classpath, tool, '--files', files.join(','), ...options],
      { maxBuffer: 256 * 1024 * 1024 },
    )
    return `${stdout}\n${stderr}`.split('\n').filter((line) => line !== '')
  }
}
