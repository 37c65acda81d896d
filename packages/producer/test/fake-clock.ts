import { VirtualClock } from '@ringlog/core/testing'

/** Time that passes, and turns of the event loop that end, only when a test says so. */
export class FakeClock extends VirtualClock {
  #turnEnds: Array<() => void> = []

  override setTurnEnd(callback: () => void): void {
    this.#turnEnds.push(callback)
  }

  /** Ends the turn of the event loop. */
  endTurn(): void {
    for (const callback of this.#turnEnds.splice(0)) callback()
  }

  protected override async settle(): Promise<void> {
    this.endTurn()
    await runPromises()
  }
}

/** Lets everything run that only waits for promises. */
export async function runPromises(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
