import type { HandlerModule } from './handler-context.ts'
import type { HandlerProducer } from './handler-producer.ts'
import type { RecordOutcomes } from './record-outcomes.ts'
import type { RunningHandlers } from '../thread/running-handlers.ts'

/** What handling works with. */
export interface HandlingParts {
  readonly module: HandlerModule
  readonly producer: HandlerProducer
  readonly running: RunningHandlers
  readonly outcomes: RecordOutcomes
}
