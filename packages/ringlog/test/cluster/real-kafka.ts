import { allRunning } from '@ringlog/kafka-tool'
import { describe } from 'vitest'

/** The node that `npm run kafka -- start` has started on this machine. */
export const KAFKA = allRunning().find(({ controlPort }) => controlPort === null)

if (KAFKA === undefined) console.log('skipped: no Kafka runs here; npm run kafka -- start')

/** Tests on a real Kafka: skipped where none runs. */
export const describeOnKafka = describe.skipIf(KAFKA === undefined)
