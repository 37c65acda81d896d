import { mkdirSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderOf } from './folders.ts'
import { startJava, untilReady } from './java-process.ts'
import { librariesOf } from './libraries.ts'
import { remember, type RunningKafka } from './running-kafka.ts'

const PROGRAM = fileURLToPath(new URL('../java/Brokers.java', import.meta.url))

/** Starts several brokers and a controller in one JVM, which can be killed and started one by one. */
export async function startBrokers(
  name: string,
  version: string,
  brokers: number,
): Promise<RunningKafka> {
  const libraries = join(librariesOf('test-kit', version), '*')
  const folder = folderOf(name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const java = startJava(name, [
    '-Xmx768m',
    `-Djava.io.tmpdir=${folder}`,
    '-cp',
    libraries,
    PROGRAM,
    String(brokers),
  ])
  await untilReady(java, () => printed(java.output(), 'bootstrap') !== null)
  const kafka: RunningKafka = {
    name,
    version,
    pid: java.pid,
    bootstrapServers: printed(java.output(), 'bootstrap')!,
    saslServers: null,
    tlsServers: null,
    caFile: null,
    controlPort: Number(printed(java.output(), 'control')),
  }
  remember(kafka)
  return kafka
}

/**
 * `stop`: as an administrator ends it, so that others lead its partitions first. `kill`: it is gone, without a word to
 * others. `start`: it comes back, with what it had.
 */
export type BrokerCommand = 'stop' | 'kill' | 'start'

/** Has one of the brokers end, or start again; resolves when it has. */
export function tellBroker(
  { name, controlPort }: RunningKafka,
  command: BrokerCommand,
  brokerId: number,
): Promise<void> {
  if (controlPort === null) throw new Error(`the brokers of ${name} cannot be told to ${command}`)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = createConnection({ port: controlPort, host: '127.0.0.1' })
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => (answer += text))
    socket.on('error', reject)
    socket.on('close', () => {
      if (answer.trim() === 'done') resolve()
      else reject(new Error(`${command} ${brokerId}: ${answer.trim() || 'no answer'}`))
    })
    socket.write(`${command} ${brokerId}\n`)
  })
}

/** What stands after a word at the begin of a line. */
function printed(output: string, word: string): string | null {
  return new RegExp(`^${word} (.+)$`, 'm').exec(output)?.[1] ?? null
}
