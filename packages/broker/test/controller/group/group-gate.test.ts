import { Doorbell, GateView, Grant, createRingLogMemory } from '@ringlog/core/internal'
import type { GroupGateMove, GroupGateOffset } from '@ringlog/partition-worker'
import { expect, test } from 'vitest'
import { GroupGate, type GateOwner } from '../../../src/controller/group/group-gate.ts'
import type { Partition } from '../../../src/controller/topic/partition.ts'

/** A partition worker that lets a test act at the moment when it has been asked to move a gate. */
class FakeWorker {
  beforeMove: () => void = () => undefined
  #present: GateView | null = null

  async moveGroupGate({ memory, commit }: GroupGateMove): Promise<GroupGateOffset> {
    this.beforeMove()
    const committed = commit ?? this.#present?.committed ?? null
    this.#present = new GateView(memory)
    this.#present.committedWord = committed ?? -1
    return { offset: committed ?? 0, isCommitted: committed !== null }
  }

  async removeGroupGate(): Promise<void> {
    this.beforeMove()
  }
}

const ownerOf = (consumerId: string): GateOwner => ({
  consumerId,
  clientId: consumerId,
  doorbell: new Doorbell().memory,
  isPresent: () => true,
})

test.each<[string, (gate: GroupGate) => Promise<unknown>]>([
  ['to another owner', (gate) => gate.move(ownerOf('b'))],
  ['to nobody', (gate) => gate.move(null)],
  ['when its owner lets go', (gate) => gate.release('a')],
  ['when it is reset', (gate) => gate.reset(3)],
  ['when its group is deleted', (gate) => gate.remove()],
])('a gate that moves %s takes no commit any more (INV-30)', async (_, move) => {
  const worker = new FakeWorker()
  const memory = createRingLogMemory(64 * 1024)
  const partition = { topic: 'orders', partition: 0, memory, worker } as unknown as Partition
  const gate = new GroupGate('billing', partition)
  const granted = await gate.move(ownerOf('a'))
  const grant = new Grant(granted!.memory, memory, new Doorbell())
  expect(grant.commit(0)).toBe(true)
  let isAccepted: boolean | null = null
  // An accepted commit from here on would be missed by the next owner: the worker reads the offset now.
  worker.beforeMove = () => void (isAccepted = grant.commit(1))
  await move(gate)
  expect(isAccepted).toBe(false)
})
