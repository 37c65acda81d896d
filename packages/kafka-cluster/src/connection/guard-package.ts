import type { Socket } from 'node:net'
import type { Kafka } from '../load-kafka.ts'
import { notKafka } from './cluster-errors.ts'
import { ReceivedResponses } from './received-responses.ts'

type DataListener = (bytes: Buffer) => void

/** Responses to what opens a connection, and authenticates it, are small: more than this is no length but other bytes. */
const MAX_RESPONSE_BYTES = 1024 * 1024
/** As many of the first bytes as a message shows. */
const SHOWN_BYTES = 12

/** Why a guarded connection was ended. */
export interface PackageGuard {
  /** `null`: the package could read all that has come. */
  readonly fault: Error | null
}

/**
 * Has the package read whole responses alone, of a length that one can have, and ends the connection where it cannot
 * read one. By itself the package throws, on bytes that it does not expect, where nobody catches that: the process would
 * end by whatever a peer sends.
 *
 * @param socket Has just been connected; the package listens to its bytes.
 */
export function guardPackage(kafka: Kafka, socket: Socket): PackageGuard {
  const listeners = socket.listeners('data') as DataListener[]
  const guard: { fault: Error | null } = { fault: null }
  /** What came before the first response was whole; `null`: one was. */
  let begun: Buffer | null = Buffer.alloc(0)
  const end = (fault: Error): void => {
    guard.fault = fault
    socket.destroy(fault)
  }
  const received = new ReceivedResponses(
    kafka,
    (response) => {
      begun = null
      if (socket.destroyed) return
      try {
        for (const listener of listeners) listener.call(socket, response.buffer)
      } catch (cause) {
        end(new Error('what it answered cannot be read', { cause }))
      }
    },
    MAX_RESPONSE_BYTES,
  )
  socket.removeAllListeners('data')
  socket.on('data', (bytes: Buffer) => {
    if (begun !== null && begun.length < SHOWN_BYTES) begun = Buffer.concat([begun, bytes])
    try {
      received.add(bytes)
    } catch (error) {
      end(begun === null ? (error as Error) : notKafka(begun))
    }
  })
  return guard
}
