import * as Comlink from 'comlink'
import type { MessagePort } from 'node:worker_threads'
import { MOVE_HANDLER } from './rpc-message.ts'

type Transferable = ArrayBuffer | MessagePort

/**
 * Marks such values across copies of this package: a thread that has two (a pool's, and the one that a handler's
 * module finds) may have one Comlink, where the handlers of the copy that came last take the place of the first's.
 */
const MOVED = Symbol.for('ringlog.moved')

/** A value on its way to another thread, and what of it is moved there, not copied. */
class MovedValue {
  readonly [MOVED] = true
  readonly value: object
  readonly transferables: Transferable[]

  constructor(value: object, transferables: Transferable[]) {
    this.value = value
    this.transferables = transferables
  }
}

/**
 * Marks a value that a method returns, or an argument: `transferables` are moved, not copied. What is
 * returned stands for the value until it has crossed, and is good for nothing else.
 */
export function withTransfer<T extends object>(value: T, transferables: Transferable[]): T {
  return new MovedValue(value, transferables) as unknown as T
}

/**
 * Lets Comlink move what is marked. Its own `transfer` keeps the marks in a WeakMap; V8 lets what
 * such a map holds outlive one collection of the young generation, which then grows. Both ends of a
 * port must have called this, once a thread.
 */
export function installMoveTransfer(): void {
  Comlink.transferHandlers.set(MOVE_HANDLER, {
    canHandle: isMoved,
    serialize: (moved) => {
      const { value, transferables } = moved as MovedValue
      return [value, transferables]
    },
    deserialize: (value) => value,
  })
}

function isMoved(value: unknown): value is MovedValue {
  return (value as Partial<MovedValue> | null | undefined)?.[MOVED] === true
}
