/** As `poisonous`, for batches. */
export { handleEach as handleBatch } from './poisonous.ts'
