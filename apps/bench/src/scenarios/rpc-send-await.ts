import { awaitedScenario } from './awaited.ts'

/** What a round trip through partitioner, accumulator, RPC and log costs. */
export default awaitedScenario({
  name: 'rpc-send-await',
  description: 'for (…) await producer.send(…): one record at a time, transport rpc',
  transport: 'rpc',
  comparedWith: ['limit-comlink-round-trip'],
})
