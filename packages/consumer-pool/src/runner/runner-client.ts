import {
  LOG_ENGINE,
  engineOf,
  type EngineHolder,
  type EngineUser,
  type LogClient,
  type LogEngine,
} from '@ringlog/core/internal'
import { overlay } from '../handling/handler-guard.ts'

/**
 * The same client, for a runner's own consumer and producer: what would close them, or drain them, closes the
 * runner instead, which closes them in its order.
 */
export function runnerClient(
  client: LogClient,
  runner: Pick<EngineUser, 'close' | 'drain'>,
): LogClient {
  const engine = engineOf(client)
  const attach: LogEngine['attach'] = (user) => engine.attach(overlay(user, runner))
  const holder: EngineHolder = { [LOG_ENGINE]: overlay(engine, { attach }) }
  return overlay(client, holder as Partial<LogClient>)
}
