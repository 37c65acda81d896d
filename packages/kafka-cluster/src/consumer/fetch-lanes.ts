import { FetchSession } from './fetch-session.ts'

/** One connection to one leader: a request at a time, and the session of them. */
export class FetchLane {
  readonly nodeId: number
  readonly name: string
  readonly session = new FetchSession()
  isBusy = false

  constructor(nodeId: number, name: string) {
    this.nodeId = nodeId
    this.name = name
  }
}

/** The connections over which one consumer fetches, by leader. */
export class FetchLanes {
  readonly #name: string
  readonly #lanes = new Map<number, FetchLane[]>()

  /** @param name Of no other consumer. */
  constructor(name: string) {
    this.#name = name
  }

  /** A lane to the leader without a request, which has one now; `null`: all are busy. */
  take(nodeId: number): FetchLane | null {
    let lanes = this.#lanes.get(nodeId)
    if (lanes === undefined) this.#lanes.set(nodeId, (lanes = []))
    let lane = lanes.find(({ isBusy }) => !isBusy)
    if (lane === undefined) {
      if (lanes.length === MAX_LANES) return null
      lane = new FetchLane(nodeId, `${this.#name}.${lanes.length}`)
      lanes.push(lane)
    }
    lane.isBusy = true
    return lane
  }

  /** All that have a request under way. */
  *busy(): Iterable<FetchLane> {
    for (const lanes of this.#lanes.values()) yield* lanes.filter(({ isBusy }) => isBusy)
  }
}

/** Connections to one leader, of one consumer. */
const MAX_LANES = 3
