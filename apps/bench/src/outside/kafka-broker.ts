import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import { KAFKA_LIBRARIES } from './kafka-libraries.ts'
import { endServer, endWithProcess } from './end-server.ts'
import { untilListening } from './until-listening.ts'

const run = promisify(execFile)
const CLUSTER_ID = 'RinglogRinglogRinglog0'
const HEAP = '-Xmx512m'

/** A real Kafka of one node, with a folder and ports of its own. */
export class KafkaBroker {
  readonly port: number
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor(folder: string, port: number, process: ChildProcess) {
    this.#folder = folder
    this.port = port
    this.#process = process
  }

  static async start(): Promise<KafkaBroker> {
    const folder = await mkdtemp(join(tmpdir(), 'ringlog-bench-kafka-'))
    const [port, controllerPort] = [await freePort(), await freePort()]
    const properties = join(folder, 'server.properties')
    await writeFile(properties, propertiesOf(join(folder, 'data'), port, controllerPort))
    await java('kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties)
    const args = [HEAP, '-cp', KAFKA_LIBRARIES.classpath, 'kafka.Kafka', properties]
    const broker = new KafkaBroker(
      folder,
      port,
      endWithProcess(spawn('java', args, { stdio: 'ignore' })),
    )
    try {
      await untilListening('Kafka', broker.#process, port)
    } catch (error) {
      await broker.close()
      throw error
    }
    return broker
  }

  /**
   * What Kafka's own performance test prints when it sends as fast as it can.
   *
   * @param options Of the test, without their dashes.
   * @param config Of its producer.
   */
  async testProducer(
    topic: string,
    options: Readonly<Record<string, number>>,
    config: Readonly<Record<string, string | number>>,
  ): Promise<string> {
    const given = { 'bootstrap-server': this.address, topic, throughput: -1, ...options }
    return java(
      'org.apache.kafka.tools.ProducerPerformance',
      ...Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]),
      '--command-property',
      ...Object.entries(config).map(([name, value]) => `${name}=${value}`),
    )
  }

  /** Of one partition. */
  async createTopic(topic: string): Promise<void> {
    const address = ['--bootstrap-server', this.address]
    await java('org.apache.kafka.tools.TopicCommand', ...address, '--create', '--topic', topic)
  }

  /** Host and port. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  close(): Promise<void> {
    return endServer(this.#process, this.#folder)
  }
}

async function java(main: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('java', [HEAP, '-cp', KAFKA_LIBRARIES.classpath, main, ...args])
  return stdout
}

function propertiesOf(dataFolder: string, port: number, controllerPort: number): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${dataFolder}
num.partitions=1
default.replication.factor=1
offsets.topic.replication.factor=1
min.insync.replicas=1
group.initial.rebalance.delay.ms=0
`
}
