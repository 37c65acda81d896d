import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** With which the name of each file begins. */
const OFFSET_DIGITS = 20
/** So many files are looked at by one call. */
const FILES_PER_CALL = 200
/** What DumpLogSegments prints of a file that is as it must be, and on which no log depends. */
const KNOWN_LINES = [
  /^(SLF4J|Dumping |Log starting offset)/,
  /^baseOffset: .* isvalid: true$/,
  /^\| offset: /,
  /^(offset|timestamp): /,
  /^(producerId|Snapshot)/,
  // It misses the offsets before a file's first, also in files of Kafka's own.
  /^Non-consecutive offsets in /,
  /^ {2}-1 is followed by /,
]
/** What it prints of a compacted log as well, also of Kafka's own: of offsets that are gone, and of batches without records. */
const COMPACTED_LINES = [
  /^ {2}\d+ is followed by \d+$/,
  /^Found timestamp mismatch in /,
  /^ {2}Index timestamp: \d+, log timestamp: -1$/,
]
/** What a process that was killed may leave at the end of the newest file of a log. */
const TORN_END = /^Found \d+ invalid bytes at the end of /

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
  /** What of `java -cp` takes all of Kafka. */
  readonly classpath: string

  constructor(classpath: string) {
    this.classpath = classpath
  }

  /** Runs one of Kafka's programs to its end; gives what it prints. */
  async run(main: string, args: readonly string[], input = ''): Promise<string> {
    const running = run('java', ['-Xmx256m', '-cp', this.classpath, main, ...args], {
      maxBuffer: 256 * 1024 * 1024,
    })
    running.child.stdin!.end(input)
    const { stdout, stderr } = await running
    return `${stdout}\n${stderr}`
  }

  /** What DumpLogSegments prints of files; it exits with 0 for many faults, too. */
  async dumpLogSegments(files: readonly string[], ...options: string[]): Promise<string[]> {
    const tool = 'org.apache.kafka.tools.DumpLogSegments'
    const printed = await this.run(tool, ['--files', files.join(','), ...options])
    return printed.split('\n').filter((line) => line !== '')
  }

  /**
   * What DumpLogSegments finds wrong in the files of all partitions of a data directory, whose newest files may end in the
   * midst of a batch.
   *
   * @param isCompacted Whether there may be compacted logs among them.
   * @returns What it prints beside what it always does.
   */
  async findFaults(dataDirectory: string, isCompacted: boolean): Promise<string[]> {
    const [logs, indexes] = [
      filesIn(dataDirectory, ['.log']),
      filesIn(dataDirectory, ['.index', '.timeindex']),
    ]
    const known = [...KNOWN_LINES, TORN_END, ...(isCompacted ? COMPACTED_LINES : [])]
    const faults: string[] = []
    const look = async (files: readonly string[], option: string): Promise<void> => {
      for (const line of await this.dumpLogSegments(files, option)) {
        if (!known.some((pattern) => pattern.test(line))) faults.push(line)
      }
    }
    for (const files of chunksOf(logs)) await look(files, '--deep-iteration')
    for (const files of chunksOf(indexes)) await look(files, '--verify-index-only')
    return faults
  }
}

/** Of all partitions. */
function filesIn(dataDirectory: string, suffixes: readonly string[]): string[] {
  const files: string[] = []
  for (const folder of readdirSync(dataDirectory).filter((name) => /-\d+$/.test(name))) {
    const names = readdirSync(join(dataDirectory, folder))
    for (const name of names.filter((each) => suffixes.some((suffix) => each.endsWith(suffix)))) {
      // Of a segment that was being deleted, an index may be left. An empty one the tool takes for a fault.
      const isOfLog = names.includes(`${name.slice(0, OFFSET_DIGITS)}.log`)
      const file = join(dataDirectory, folder, name)
      if (isOfLog && statSync(file).size > 0) files.push(file)
    }
  }
  return files.sort()
}

function chunksOf(files: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(files.length / FILES_PER_CALL) }, (_, index) =>
    files.slice(index * FILES_PER_CALL, (index + 1) * FILES_PER_CALL),
  )
}
