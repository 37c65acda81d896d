import type { MessagePort } from 'node:worker_threads'
import { systemClock, type Clock } from '../concurrent/system-clock.ts'
import type { CallShapes } from '../rpc/call-shapes.ts'
import { serveRpc } from '../rpc/rpc-server.ts'

/** The thread in which a controller or a partition worker runs, as that actor sees it. */
export interface ActorThread {
  /** Whether it is there for the actor alone, and lives as long as the actor's ports. */
  readonly isOwn: boolean
  /** For all that the actor does with time. */
  readonly clock: Clock
  /** Answers calls that arrive on `port`: see `serveRpc`. */
  serve(port: MessagePort, service: object, shapes?: CallShapes): void
}

export const ownThread: ActorThread = { isOwn: true, clock: systemClock, serve: serveRpc }

/**
 * The user's thread, for a log that lives in it. Nothing of the log keeps it alive: what the user waits for
 * does.
 *
 * @param clock The log's, which its clients go by as well.
 */
export function usersThread(clock: Clock): ActorThread {
  return {
    isOwn: false,
    clock: {
      nowMs: () => clock.nowMs(),
      wallMs: () => clock.wallMs(),
      setTimer: (callback, delayMs) => {
        const timer = clock.setTimer(callback, delayMs)
        timer.unref()
        return timer
      },
      clearTimer: (timer) => clock.clearTimer(timer),
      setTurnEnd: (callback) => clock.setTurnEnd(callback),
      random: () => clock.random(),
    },
    serve: (port, service, shapes) => {
      serveRpc(port, service, shapes)
      port.unref()
    },
  }
}
