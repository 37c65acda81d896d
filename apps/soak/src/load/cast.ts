import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { BrokerAddress } from 'ringlog'
import { moduleBeside } from '../module-beside.ts'
import { nameOf, type LoadThreadStart, type Role } from './role.ts'
import type { Tallies } from './tallies.ts'

const END_LIMIT_MS = 30_000

/** The threads of the load: always one for each role, whoever dies. */
export class Cast {
  readonly #address: BrokerAddress
  readonly #tallies: Tallies
  readonly #recordsPerSecond: number
  readonly #workers = new Map<Role, Worker>()
  /** What threads ended with that nobody had killed. */
  readonly errors: string[] = []

  constructor(address: BrokerAddress, tallies: Tallies, recordsPerSecond: number) {
    this.#address = address
    this.#tallies = tallies
    this.#recordsPerSecond = recordsPerSecond
  }

  get roles(): Role[] {
    return [...this.#workers.keys()]
  }

  /** Resolves once the thread is connected. */
  async start(role: Role): Promise<void> {
    const workerData: LoadThreadStart = {
      role,
      address: this.#address,
      tallies: this.#tallies.memory,
      recordsPerSecond: this.#recordsPerSecond,
    }
    const worker = new Worker(moduleBeside('./load-thread', import.meta.url), { workerData })
    worker.on('error', (error: Error) => {
      this.#tallies.add('broken')
      this.errors.push(`${nameOf(role)}: ${error.stack ?? String(error)}`)
    })
    this.#workers.set(role, worker)
    await Promise.race([once(worker, 'message'), once(worker, 'exit')])
  }

  /** Ends the role's thread in the middle of anything, and starts another in its place. */
  async replace(role: Role): Promise<void> {
    await this.#workers.get(role)!.terminate()
    await this.start(role)
  }

  /** Lets all threads close what they have; returns those that did not end. */
  async end(): Promise<string[]> {
    const late: string[] = []
    await Promise.all(
      [...this.#workers].map(async ([role, worker]) => {
        const exited = once(worker, 'exit')
        worker.postMessage('end')
        const limit = setTimeout(END_LIMIT_MS, 'late', { ref: false })
        if ((await Promise.race([exited, limit])) !== 'late') return
        late.push(nameOf(role))
        await worker.terminate()
      }),
    )
    return late
  }
}
