import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { folderOf } from './folders.ts'
import { hasBrokers } from './has-brokers.ts'
import { startJava, untilReady } from './java-process.ts'
import { librariesOf } from './libraries.ts'
import { remember, type RunningKafka } from './running-kafka.ts'

const CLUSTER_ID = 'RinglogRinglogRinglog0'
const PASSWORD = 'ringlog-password'
/** A connection that has not authenticated again by then is ended. */
const SASL_SESSION_MS = 2_500

/** Starts one KRaft node, broker and controller in one process, on the loopback and free ports. */
export async function startNode(name: string, version: string): Promise<RunningKafka> {
  const libraries = join(librariesOf('node', version), '*')
  const folder = folderOf(name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const [plain, sasl, tls, controller] = (await freePorts(4)) as [number, number, number, number]
  const caFile = makeCertificate(folder)
  const configFile = join(folder, 'server.properties')
  writeFileSync(configFile, properties({ folder, plain, sasl, tls, controller }))
  run('java', [
    '-cp',
    libraries,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    CLUSTER_ID,
    '-c',
    configFile,
  ])
  const java = startJava(name, ['-Xmx512m', '-cp', libraries, 'kafka.Kafka', configFile])
  await untilReady(java, () => hasBrokers('127.0.0.1', plain, 1))
  const kafka: RunningKafka = {
    name,
    version,
    pid: java.pid,
    bootstrapServers: `127.0.0.1:${plain}`,
    saslServers: `127.0.0.1:${sasl}`,
    tlsServers: `localhost:${tls}`,
    caFile,
    controlPort: null,
  }
  remember(kafka)
  return kafka
}

interface Places {
  readonly folder: string
  readonly plain: number
  readonly sasl: number
  readonly tls: number
  readonly controller: number
}

/** Nothing takes longer than it must, and nothing is there that a test does not make. */
function properties({ folder, plain, sasl, tls, controller }: Places): string {
  const users = ['admin', 'alice'].map((user) => `user_${user}="secret"`).join(' ')
  const listeners = [`PLAINTEXT://127.0.0.1:${plain}`, `SASL_PLAINTEXT://127.0.0.1:${sasl}`]
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=${listeners.join(',')},SSL://127.0.0.1:${tls},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=${listeners.join(',')},SSL://localhost:${tls}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ${users};
listener.name.sasl_plaintext.plain.connections.max.reauth.ms=${SASL_SESSION_MS}
ssl.keystore.type=PKCS12
ssl.keystore.location=${join(folder, 'server.p12')}
ssl.keystore.password=${PASSWORD}
ssl.key.password=${PASSWORD}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
log.dirs=${join(folder, 'data')}
auto.create.topics.enable=false
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
default.replication.factor=1
min.insync.replicas=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=100
group.consumer.min.session.timeout.ms=1000
group.consumer.min.heartbeat.interval.ms=100
group.consumer.heartbeat.interval.ms=100
group.consumer.session.timeout.ms=6000
group.consumer.assignment.interval.ms=0
log.retention.hours=1
log.segment.bytes=268435456
num.network.threads=2
num.io.threads=2
`
}

/** A certificate of its own for `localhost`; returns the file by which a client knows it. */
function makeCertificate(folder: string): string {
  const keystore = join(folder, 'server.p12')
  const caFile = join(folder, 'ca.pem')
  const store = `-alias server -keystore ${keystore} -storepass ${PASSWORD}`
  const key = '-storetype PKCS12 -keyalg EC -validity 30'
  const subject = '-dname CN=localhost -ext san=dns:localhost,ip:127.0.0.1'
  run('keytool', `-genkeypair ${store} ${key} ${subject}`.split(' '))
  run('keytool', `-exportcert -rfc -file ${caFile} ${store}`.split(' '))
  return caFile
}

function run(program: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stdout + stderr}`)
}
