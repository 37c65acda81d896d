import { awaitedScenario } from './awaited.ts'

/** A sync for each record. */
export default awaitedScenario({
  name: 'disk-send-await-synced',
  description: 'as shared-send-await, on disk: acknowledged once it is synced (flushMessages 1)',
  transport: 'shared',
  disk: { flushMessages: 1 },
  comparedWith: ['limit-sync'],
})
