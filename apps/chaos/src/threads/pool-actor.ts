import { ConsumerPool } from 'ringlog'
import type { HistoryAddress } from '../history/history-writer.ts'
import type { PoolSpec } from '../programs/program.ts'
import { moduleBeside } from '../runner/module-beside.ts'
import { sleep, type ActorContext } from './actor-context.ts'
import { assignorModule } from './assignor-module.ts'
import { Calls, errorCode, errorMessage } from './calls.ts'

/** What each of a pool's threads finds as `context.data`. */
export interface PoolHandlerData {
  readonly history: HistoryAddress
  readonly actor: string
  readonly group: string
  readonly handler: PoolSpec['handler']
}

const START_LIMIT_MS = 5_000
const CLOSE_LIMIT_MS = 5_000

/** Runs a pool until the program's time is over. */
export class PoolActor {
  readonly #spec: PoolSpec
  readonly #context: ActorContext
  readonly #calls: Calls

  constructor(spec: PoolSpec, context: ActorContext) {
    this.#spec = spec
    this.#context = context
    this.#calls = new Calls(context.history, spec.name)
  }

  async run(): Promise<void> {
    const { name: actor, config, topics, handler } = this.#spec
    const { history, historyAddress, client } = this.#context
    const group = config.groupId
    const data: PoolHandlerData = { history: historyAddress, actor, group, handler }
    const started = await this.#calls.make('start of pool', START_LIMIT_MS, () =>
      ConsumerPool.start(client, {
        ...config,
        assignor: assignorModule(config.assignor),
        topics: [...topics],
        handler: moduleBeside('./pool-handler', import.meta.url),
        data,
        onError: (error) => {
          history.write({
            type: 'stopped',
            actor,
            group,
            error: errorCode(error),
            message: errorMessage(error),
          })
        },
      }),
    )
    if (started.kind !== 'answered') return
    const pool = started.value
    while (!this.#context.isOver()) await sleep(10)
    await this.#calls.make('close of pool', CLOSE_LIMIT_MS, () =>
      pool.close({ timeoutMs: CLOSE_LIMIT_MS }),
    )
    history.write({ type: 'left', actor, group })
  }
}
