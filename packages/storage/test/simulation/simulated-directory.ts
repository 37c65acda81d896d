import { pick, type SimulatedFile } from './simulated-file.ts'

export type Node = SimulatedFile | SimulatedDirectory

/** Names that come or go in one step; `null`: the name goes. */
type NameChange = ReadonlyArray<readonly [name: string, node: Node | null]>

/** A directory. What was not synced of its names reaches the disk in order: a prefix of it is there. */
export class SimulatedDirectory {
  readonly #names: Map<string, Node>
  #synced: Map<string, Node>
  #changes: NameChange[] = []

  constructor(names: ReadonlyMap<string, Node> = new Map<string, Node>()) {
    this.#names = new Map(names)
    this.#synced = new Map(names)
  }

  get names(): ReadonlyMap<string, Node> {
    return this.#names
  }

  change(change: NameChange): void {
    apply(this.#names, change)
    this.#changes.push(change)
  }

  sync(): void {
    this.#synced = new Map(this.#names)
    this.#changes = []
  }

  /** The directory, and all in it, as the disk may have it after the loss of power. */
  afterPowerLoss(random: () => number): SimulatedDirectory {
    const names = new Map(this.#synced)
    const kept = pick([...this.#changes.keys(), this.#changes.length], random)
    for (const change of this.#changes.slice(0, kept)) apply(names, change)
    return new SimulatedDirectory(
      new Map([...names].map(([name, node]) => [name, node.afterPowerLoss(random)])),
    )
  }
}

function apply(names: Map<string, Node>, change: NameChange): void {
  for (const [name, node] of change) {
    if (node === null) names.delete(name)
    else names.set(name, node)
  }
}
