/** A thread that connects to the log of another one, and says how that went. */
import { connect } from '@ringlog/broker'
import type { BrokerAddress } from '@ringlog/core'
import { parentPort, workerData } from 'node:worker_threads'

const address = workerData as BrokerAddress | undefined
connect(address).then(
  () => parentPort!.postMessage('connected'),
  ({ code, message }: { code: string; message: string }) =>
    parentPort!.postMessage({ code, message }),
)
