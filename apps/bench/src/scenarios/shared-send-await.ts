import { awaitedScenario } from './awaited.ts'

export default awaitedScenario({
  name: 'shared-send-await',
  description: 'for (…) await producer.send(…): one record at a time, transport shared',
  transport: 'shared',
  comparedWith: ['rpc-send-await'],
})
