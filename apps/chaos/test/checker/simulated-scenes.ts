import type { SimulatedHistory, SimulatedPartition } from './simulated-history.ts'

/** A record is sent, appended and acknowledged. */
export function append(history: SimulatedHistory, who: number, at: SimulatedPartition): number {
  const [name] = history.give(who, at.topic, 1)
  const offset = at.records.push(name!) - 1
  history.acknowledge(at, name!, offset)
  return offset
}

/** A record that was just acknowledged. */
export function appended(history: SimulatedHistory, who: number): [SimulatedPartition, number] {
  const at = history.partitions[who % 2]!
  at.isKept = true
  return [at, append(history, who, at)]
}

/** A partition of the group that has an owner, and something to hand out. */
export function owned(history: SimulatedHistory, who: number): [SimulatedPartition, string] {
  const [at] = appended(history, who)
  if (at.owner === null) history.rebalance(at, history.member(who), false)
  return [at, at.owner!]
}

/** The partition of the reader, which is handed all that is there, and has then three more. */
export function watched(history: SimulatedHistory, who: number): SimulatedPartition {
  const at = history.partitions[2]!
  deliver(history, at)
  for (let i = 0; i < 3; i++) append(history, who, at)
  return at
}

/** Whoever has the partition is handed all that there is. */
export function deliver(history: SimulatedHistory, at: SimulatedPartition): void {
  if (at.owner === null) return
  append(history, 0, at)
  history.poll(at, Infinity)
}

/** Another member is given the partition, and the owner is not told. */
export function steal(history: SimulatedHistory, at: SimulatedPartition, who: number): void {
  const owner = at.owner
  const next = [0, 1, 2].map((i) => history.member(who + i)).find((member) => member !== owner)!
  at.owner = null
  history.rebalance(at, next, false)
}
