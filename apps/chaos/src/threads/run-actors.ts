import type { ActorSpec } from '../programs/program.ts'
import type { ActorContext } from './actor-context.ts'
import { StuckCall, errorCode } from './calls.ts'
import { ConsumerActor } from './consumer-actor.ts'
import { PoolActor } from './pool-actor.ts'
import { ProducerActor } from './producer-actor.ts'
import { OVER } from './stage-memory.ts'

/** Runs a thread's actors side by side, until the program's time is over. */
export async function runActors(
  actors: readonly ActorSpec[],
  surroundings: Omit<ActorContext, 'isOver'>,
  stage: Int32Array,
): Promise<void> {
  const isOver = (): boolean => Atomics.load(stage, OVER) === 1
  const context: ActorContext = { ...surroundings, isOver }
  await Promise.all(
    actors.map(async (spec) => {
      try {
        await actorOf(spec, context).run()
      } catch (error) {
        // The call that is stuck stands in the history as one that never ended.
        if (error instanceof StuckCall) return
        context.history.write({ type: 'uncaught', error: describeError(error) })
      }
    }),
  )
}

function actorOf(spec: ActorSpec, context: ActorContext): { run(): Promise<void> } {
  if (spec.kind === 'producer') return new ProducerActor(spec, context)
  if (spec.kind === 'consumer') return new ConsumerActor(spec, context)
  return new PoolActor(spec, context)
}

export function describeError(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `${errorCode(error)}: ${text}`
}
