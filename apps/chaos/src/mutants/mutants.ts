import type { FaultFamily } from '../programs/fault-families.ts'

/** A fault that is planted in the library, to see whether chaos finds it. */
export interface Mutant {
  readonly name: string
  /** What goes wrong. */
  readonly what: string
  /** The module: its package, and its path in there without an extension. */
  readonly module: readonly [packageName: string, path: string]
  /** A line of its source, or a part of one. */
  readonly from: string
  readonly to: string
  /** What makes it show. */
  readonly faults: readonly FaultFamily[]
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'publish-before-copy',
    what: 'a batch is published before it is copied into the ring',
    module: ['core', 'ring/ring-log-writer'],
    from: 'copyBytes(batch, 0, this.#data, byteIndex, batch.length)',
    to:
      'Atomics.store(this.#words, END_POSITION_WORD, BigInt(position + size)); ' +
      "this.#onStep('afterCopy'); copyBytes(batch, 0, this.#data, byteIndex, batch.length)",
    faults: ['kill'],
  },
  {
    name: 'gates-ignored',
    what: 'a full ring overwrites what a group has not committed',
    module: ['partition-worker', 'log-eviction'],
    from: "this.#options.whenFull === 'evict' ? Infinity",
    to: 'true ? Infinity',
    faults: ['clients'],
  },
  {
    name: 'duplicates-taken',
    what: 'a batch that comes again is appended again',
    module: ['partition-worker', 'producer-state'],
    from: 'if (batch.producerId === NONE)',
    to: 'if (true)',
    faults: ['acks'],
  },
  {
    name: 'missed-by-one',
    what: 'an overtaken consumer goes on one record too late',
    module: ['consumer', 'fetcher'],
    from: 'assigned.resetTo(nextOffset)',
    to: 'assigned.resetTo(nextOffset + 1)',
    faults: ['clients'],
  },
  {
    name: 'producers-forgotten',
    what: 'a successor knows none of the batches that its predecessor appended',
    module: ['core', 'producer-table/producer-table'],
    from: 'slot < this.#capacity && this.#takeOver(slot, endOffset)',
    to: 'slot < 0',
    faults: ['kill'],
  },
  {
    name: 'nothing-taken-over',
    what: 'a successor does not open the gates, readers and lanes that there are',
    module: ['partition-worker', 'partition-worker'],
    from: 'this.#takeOver(start.attached)',
    to: '',
    faults: ['kill'],
  },
]
