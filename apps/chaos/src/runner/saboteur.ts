import type { LogClient } from 'ringlog'
import {
  corruptNextBatch,
  delayAcks,
  dropAcks,
  failAppends,
  forceRebalance,
  killPartitionWorker,
  pausePartitionWorker,
  type InjectedFault,
} from 'ringlog/testing'
import type { HistoryWriter } from '../history/history-writer.ts'
import type { FaultAction } from '../programs/program.ts'
import { sleep } from '../threads/actor-context.ts'
import { Calls } from '../threads/calls.ts'
import { OVER } from '../threads/stage-memory.ts'
import type { ThreadCast } from './thread-cast.ts'

/** How long an injection may take: the worker may have just died, and another be on its way. */
const INJECTION_LIMIT_MS = 3_000

/** Brings about the faults of a program, each in its time. */
export class Saboteur {
  readonly #client: LogClient
  readonly #cast: ThreadCast
  readonly #history: HistoryWriter
  readonly #calls: Calls
  readonly #inForce = new Set<InjectedFault>()
  /** Partitions that a fault is on its way to. */
  readonly #awaited = new Set<string>()

  constructor(client: LogClient, cast: ThreadCast, history: HistoryWriter) {
    this.#client = client
    this.#cast = cast
    this.#history = history
    this.#calls = new Calls(history, 'saboteur')
  }

  /** Resolves when all faults have been injected, or the program's time is over; then none is in force. */
  async run(faults: readonly FaultAction[], runMs: number, stage: Int32Array): Promise<void> {
    const beganAtMs = performance.now()
    const injections: Array<Promise<void>> = []
    for (const fault of faults) {
      await sleep(beganAtMs + fault.atMs - performance.now())
      if (Atomics.load(stage, OVER) === 1) break
      injections.push(this.#inject(fault))
    }
    await Promise.all(injections)
    await sleep(beganAtMs + runMs - performance.now())
    for (const fault of this.#inForce) fault.lift()
  }

  async #inject(fault: FaultAction): Promise<void> {
    const target = 'at' in fault ? `${fault.at.topic}-${fault.at.partition}` : fault.do
    if (this.#awaited.has(target)) {
      // On a busy machine its worker is not back yet: faults do not pile up until then.
      this.#history.write({ type: 'fault', fault, state: 'skipped' })
      return
    }
    this.#awaited.add(target)
    await this.#bringAbout(fault)
    this.#awaited.delete(target)
  }

  async #bringAbout(fault: FaultAction): Promise<void> {
    const injected = await this.#calls.attempt(fault.do, INJECTION_LIMIT_MS, () => this.#act(fault))
    if (injected.kind !== 'answered') return
    this.#history.write({ type: 'fault', fault, state: 'in force' })
    if (injected.value === null) return
    this.#inForce.add(injected.value)
    if (fault.do === 'delayAcks') setTimeout(() => injected.value?.lift(), fault.forMs)
    injected.value.struck({ timeoutMs: 2_147_483_647 }).then(
      () => this.#history.write({ type: 'fault', fault, state: 'struck' }),
      () => {}, // it was lifted, or its worker died of another fault
    )
  }

  /** @returns What is in force from now on; `null`: it is over. */
  async #act(fault: FaultAction): Promise<InjectedFault | null> {
    const client = this.#client
    switch (fault.do) {
      case 'killWorker':
        return killPartitionWorker(
          client,
          fault.at,
          fault.step === null ? {} : { step: fault.step },
        )
      case 'pauseWorker':
        return pausePartitionWorker(client, fault.at, fault.ms)
      case 'delayAcks':
        return delayAcks(client, fault.at, fault.ms)
      case 'dropAcks':
        return dropAcks(client, fault.at, fault.count)
      case 'failAppends':
        return failAppends(client, fault.at, { code: fault.code, times: fault.times })
      case 'corruptBatch':
        return corruptNextBatch(client, fault.at)
      case 'killThread':
        await this.#cast.killAndRestart(fault.thread)
        break
      case 'rebalance':
        await forceRebalance(client, fault.group)
    }
    return null
  }
}
