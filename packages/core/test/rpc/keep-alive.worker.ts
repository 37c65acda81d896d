/** A thread with nothing but a client: whether it goes on living is what is tested. */
import { RinglogError, RpcClient } from '@ringlog/core/internal'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { EchoService } from './echo-service.worker.ts'

const { port, mode } = workerData as { port: MessagePort; mode: 'call' | 'background' | 'held' }
const client = new RpcClient<EchoService>(port, {
  name: 'the service',
  lostError: () => new RinglogError('BROKER_CLOSED'),
})
if (mode === 'held') {
  const letGo = client.hold()
  letGo()
  letGo() // once more changes nothing
  client.hold()
}
void client.call('later', [1, 100], { isBackground: mode === 'background' }).then(() => {
  parentPort!.postMessage('answered')
  if (mode === 'held') process.exit(7)
})
