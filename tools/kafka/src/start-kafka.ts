import { missingPrograms, VERSIONS } from './libraries.ts'
import { runningKafka, type RunningKafka } from './running-kafka.ts'
import { startBrokers } from './start-brokers.ts'
import { startNode } from './start-node.ts'

const LAST_3_9 = '3.9.1'

/** What to start. */
export interface StartOptions {
  /** Brokers, in one process; 1: a node as it comes. Default 1. */
  readonly brokers?: number
  /** Kafka's, such as `4.4.0`; `3.9`: the last of that line. Default: the newest that has been tried. */
  readonly version?: string
}

/**
 * Starts Kafka on this machine, or finds the one that was started the same way. It goes on when this process ends.
 *
 * @throws Error that says what the machine lacks, or how it failed.
 */
export async function startKafka(options: StartOptions = {}): Promise<RunningKafka> {
  const { brokers = 1, version: asked } = options
  const version =
    asked === '3.9' ? LAST_3_9 : (asked ?? VERSIONS[brokers === 1 ? 'node' : 'test-kit'])
  const name = brokers === 1 ? `node-${version}` : `brokers-${brokers}-${version}`
  const running = runningKafka(name)
  if (running !== null) return running
  const missing = missingPrograms()
  if (missing !== null) throw new Error(`Kafka needs ${missing}, which this machine does not have`)
  return brokers === 1 ? startNode(name, version) : startBrokers(name, version, brokers)
}
