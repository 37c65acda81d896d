/** A thread of a program: connects, runs its actors, closes its client, and should then end by itself. */
import { parentPort, workerData } from 'node:worker_threads'
import { connect, type BrokerAddress } from 'ringlog'
import { HistoryWriter, type HistoryAddress } from '../history/history-writer.ts'
import type { ThreadSpec } from '../programs/program.ts'
import { sleep } from './actor-context.ts'
import { Calls, PlannedFailure } from './calls.ts'
import { endOrTell } from './end-or-tell.ts'
import { describeError, runActors } from './run-actors.ts'
import { BEGUN } from './stage-memory.ts'

export interface ActorThreadData {
  readonly spec: ThreadSpec
  /** What it is called in the history. */
  readonly name: string
  readonly life: number
  readonly address: BrokerAddress
  readonly history: HistoryAddress
  /** See `stage-memory.ts`. */
  readonly stage: SharedArrayBuffer
}

const { spec, name, life, address, history: historyAddress } = workerData as ActorThreadData
const stage = new Int32Array((workerData as ActorThreadData).stage)
const history = new HistoryWriter(historyAddress, name)

process.on('uncaughtException', (error) => {
  if (error instanceof PlannedFailure) return
  history.write({ type: 'uncaught', error: describeError(error) })
})

parentPort!.postMessage('ready')
while (Atomics.load(stage, BEGUN) === 0) await sleep(1)
await sleep(spec.startAtMs)
const calls = new Calls(history, name)
const connected = await calls.attempt('connect', 6_000, () => connect(address))
if (connected.kind === 'answered') {
  const client = connected.value
  await runActors(spec.actors, { client, history, historyAddress, life }, stage)
  if (!spec.actors.every((actor) => actor.kind === 'pool' || actor.end === 'close')) {
    process.exit()
  }
  await calls.attempt('close of client', 35_000, () => client.close())
}
endOrTell(history, name)
