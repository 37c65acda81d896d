/** A thread that starts the broker and holds it, until it is told to close it or terminated. */
import { parentPort } from 'node:worker_threads'
import { Broker } from 'ringlog'
import { BROKER_CONFIG } from './broker-config.ts'

const broker = await Broker.start(BROKER_CONFIG)
parentPort!.postMessage(broker.address)
parentPort!.once('message', () => void broker.close({ timeoutMs: 5_000 }))
