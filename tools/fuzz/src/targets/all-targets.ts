import { batchTarget } from './batch.ts'
import { callsTarget } from './calls.ts'
import { errorsTarget } from './errors.ts'
import { laneTarget } from './lane.ts'
import { ringTarget } from './ring.ts'
import { rpcTarget } from './rpc.ts'
import type { Target } from './target.ts'
import { valuesTarget } from './values.ts'
import { wordsTarget } from './words.ts'

/** By name: how a target is made, and how many of all inputs it gets, beside the others. */
export const TARGETS: Readonly<Record<string, { make: () => Target; share: number }>> = {
  batch: { make: () => batchTarget(false), share: 4 },
  compressed: { make: () => batchTarget(true), share: 2 },
  lane: { make: laneTarget, share: 2 },
  ring: { make: ringTarget, share: 2 },
  words: { make: wordsTarget, share: 2 },
  values: { make: valuesTarget, share: 2 },
  errors: { make: errorsTarget, share: 1 },
  rpc: { make: rpcTarget, share: 1 },
  calls: { make: callsTarget, share: 1 },
}
