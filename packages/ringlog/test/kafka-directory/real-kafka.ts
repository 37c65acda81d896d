import type { KafkaTools } from '@ringlog/test-kit'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'

const CLUSTER_ID = 'RinglogRinglogRinglog0'
const READY_WITHIN_MS = 60_000

/** A Kafka broker of one node on a folder of its own, which can be ended and started again. */
export class RealKafka {
  readonly bootstrapServer: string
  /** With the partitions. */
  readonly dataFolder: string
  readonly #tools: KafkaTools
  readonly #port: number
  readonly #properties: string
  #process: ChildProcess | null = null

  private constructor(tools: KafkaTools, folder: string, port: number) {
    this.#tools = tools
    this.#port = port
    this.bootstrapServer = `127.0.0.1:${port}`
    this.dataFolder = path.join(folder, 'data')
    this.#properties = path.join(folder, 'server.properties')
  }

  /** @param folder An empty one. */
  static async format(tools: KafkaTools, folder: string): Promise<RealKafka> {
    const [port, controllerPort] = [await freePort(), await freePort()]
    const kafka = new RealKafka(tools, folder, port)
    await mkdir(folder, { recursive: true })
    await writeFile(kafka.#properties, propertiesOf(kafka.dataFolder, port, controllerPort))
    const args = ['format', '-t', CLUSTER_ID, '-c', kafka.#properties]
    await tools.run('kafka.tools.StorageTool', args)
    return kafka
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const args = ['-Xmx512m', '-cp', this.#tools.classpath, 'kafka.Kafka', this.#properties]
    const started = spawn('java', args, { stdio: 'ignore' })
    this.#process = started
    const deadlineMs = performance.now() + READY_WITHIN_MS
    while (!(await isListening(this.#port))) {
      if (started.exitCode !== null) throw new Error(`Kafka has ended with ${started.exitCode}`)
      if (performance.now() > deadlineMs) throw new Error('Kafka does not listen')
      await setTimeout(100)
    }
  }

  /** Ends it in its own way, as far as it runs. */
  async stop(): Promise<void> {
    const running = this.#process
    this.#process = null
    if (running === null || running.exitCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGTERM')
    await ended
  }

  createTopic(topic: string): Promise<string> {
    const what = ['--create', '--topic', topic, '--partitions', '1']
    return this.#tools.run('org.apache.kafka.tools.TopicCommand', [...this.#server, ...what])
  }

  /** Sends a record for each value. */
  produce(topic: string, values: readonly string[]): Promise<string> {
    const args = [...this.#server, '--topic', topic, '--compression-codec', 'gzip']
    return this.#tools.run('org.apache.kafka.tools.ConsoleProducer', args, values.join('\n'))
  }

  /** Reads so many records, from the log's start on: a line each, of the offset, the key and the value. */
  async consume(topic: string, count: number): Promise<string[]> {
    const args = ['--topic', topic, '--from-beginning', '--max-messages', String(count)]
    const format = ['print.offset=true', 'print.key=true']
    for (const property of format) args.push('--formatter-property', property)
    const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
    const limits = ['--timeout-ms', '30000']
    const printed = await this.#tools.run(consumer, [...this.#server, ...args, ...limits])
    return printed.split('\n').filter((line) => line.startsWith('Offset:'))
  }

  get #server(): string[] {
    return ['--bootstrap-server', this.bootstrapServer]
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function propertiesOf(dataFolder: string, port: number, controllerPort: number): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${dataFolder}
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
default.replication.factor=1
min.insync.replicas=1
group.initial.rebalance.delay.ms=0
`
}
