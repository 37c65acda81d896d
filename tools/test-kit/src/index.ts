/**
 * What the tests of several packages need, in the threads that they start as well: it imports nothing
 * of Ringlog, nor of vitest.
 */
export { KafkaTools, kafkaTools } from './kafka-tools.ts'
export { Mortal } from './mortal.ts'
export { SEED, seededRandom } from './seeded-random.ts'
export { STRESS_MS } from './stress-time.ts'
export { isSettled, settle, until } from './waits.ts'
