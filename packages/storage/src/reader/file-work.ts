import { close, fstat, fstatSync, open, openSync, read, readSync, readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

/**
 * Work with files that is written once, and run in either of two ways: `runBlocking` keeps the thread, and
 * `runAside` leaves it to others while the operating system reads. It yields each call, and is given back what
 * comes of it.
 */
export type FileWork<T> = Generator<FileCall<unknown>, T, unknown>

/** A call to the operating system, in both ways. */
export interface FileCall<T> {
  readonly block: () => T
  readonly aside: () => Promise<T>
}

/** Makes one call within a work. */
export function* made<T>(call: FileCall<T>): FileWork<T> {
  return (yield call) as T
}

/** Runs a work in this thread, which waits for it. */
export function runBlocking<T>(work: FileWork<T>): T {
  let step = work.next()
  while (step.done !== true) {
    let answer: unknown
    try {
      answer = step.value.block()
    } catch (error) {
      step = work.throw(error)
      continue
    }
    step = work.next(answer)
  }
  return step.value
}

/** Runs a work while this thread goes on. */
export async function runAside<T>(work: FileWork<T>): Promise<T> {
  let step = work.next()
  while (step.done !== true) {
    let answer: unknown
    try {
      answer = await step.value.aside()
    } catch (error) {
      step = work.throw(error)
      continue
    }
    step = work.next(answer)
  }
  return step.value
}

const openAside = promisify(open)
const readAside = promisify(read)
const statAside = promisify(fstat)

/** Opens a file to read it; gives its descriptor. */
export function opening(path: string): FileCall<number> {
  return { block: () => openSync(path, 'r'), aside: () => openAside(path, 'r') }
}

/** Names in a directory, in no order. */
export function listing(path: string): FileCall<string[]> {
  return { block: () => readdirSync(path), aside: () => readdir(path) }
}

/** The size of an open file. */
export function sizing(descriptor: number): FileCall<number> {
  return {
    block: () => fstatSync(descriptor).size,
    aside: async () => (await statAside(descriptor)).size,
  }
}

/** Waits. */
export function pausing(ms: number): FileCall<unknown> {
  return {
    block: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
    aside: () => delay(ms),
  }
}

/** Fills `bytes` with what stands at `filePosition`; gives how many there are: fewer where the file ends before. */
export function* readFully(
  descriptor: number,
  bytes: Uint8Array,
  filePosition: number,
): FileWork<number> {
  let length = 0
  while (length < bytes.length) {
    const count = yield* made(reading(descriptor, bytes, length, filePosition + length))
    if (count === 0) break
    length += count
  }
  return length
}

function reading(
  descriptor: number,
  bytes: Uint8Array,
  at: number,
  filePosition: number,
): FileCall<number> {
  const length = bytes.length - at
  return {
    block: () => readSync(descriptor, bytes, at, length, filePosition),
    aside: async () => (await readAside(descriptor, bytes, at, length, filePosition)).bytesRead,
  }
}

/** Closes a file, in another thread: the last to close a large file that was unlinked has to free its blocks. */
export function closeAside(descriptor: number): void {
  close(descriptor, () => undefined) // what was only read is not lost by it
}
