import {
  LOG_ENGINE,
  engineOf,
  type EngineHolder,
  type EngineUser,
  type LogClient,
  type LogEngine,
} from '@ringlog/core/internal'
import { layerOver } from './engine-layer.ts'
import { overlay } from './handler-guard.ts'

/**
 * The same client, for the own consumer and producer of a runner or a mirror: what would close them, or drain them,
 * closes their owner instead, which closes them in its order.
 */
export function ownClient(
  client: LogClient,
  owner: Pick<EngineUser, 'close' | 'drain'>,
): LogClient {
  const engine = engineOf(client)
  const attach: LogEngine['attach'] = (user) => engine.attach(overlay(user, owner))
  const holder: EngineHolder = { [LOG_ENGINE]: layerOver(engine, { attach }) }
  return overlay(client, holder as Partial<LogClient>)
}
