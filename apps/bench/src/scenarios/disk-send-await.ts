import { awaitedScenario } from './awaited.ts'

/** Acknowledged once it is written to the page cache. */
export default awaitedScenario({
  name: 'disk-send-await',
  description: 'as shared-send-await, on disk: acknowledged once it is written to the page cache',
  transport: 'shared',
  disk: {},
  comparedWith: ['shared-send-await'],
})
