import type { ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a server may take to listen; two seconds on a quiet machine. */
const START_MS = 60_000
const LOOK_MS = 50

/**
 * Waits until a server that was started listens on its port of 127.0.0.1.
 *
 * @param name As it is called in errors.
 * @throws Error where it ends instead, or takes too long.
 */
export async function untilListening(
  name: string,
  server: ChildProcess,
  port: number,
): Promise<void> {
  const endMs = Date.now() + START_MS
  while (!(await canConnect(port))) {
    if (server.exitCode !== null) throw new Error(`${name} ended while it started`)
    if (Date.now() > endMs) throw new Error(`${name} did not listen within ${START_MS} ms`)
    await sleep(LOOK_MS)
  }
}

function canConnect(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
