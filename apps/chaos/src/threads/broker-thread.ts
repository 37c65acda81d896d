/** A thread that starts the broker and holds it, until it is told to close it or terminated. */
import { parentPort } from 'node:worker_threads'
import { Broker } from 'ringlog'

const broker = await Broker.start()
parentPort!.postMessage(broker.address)
parentPort!.once('message', () => void broker.close({ timeoutMs: 5_000 }))
