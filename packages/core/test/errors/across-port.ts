import {
  decodeError,
  decodeThrown,
  encodeError,
  encodeThrown,
  type WireError,
  type WireValue,
} from '@ringlog/core/internal'
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'

/** Never closed: it keeps no process, and the files that run in one have it together. */
const { port1, port2 } = new MessageChannel()

/** What the other side of a real port makes of a thrown value. */
export function acrossPort(thrown: unknown): Error {
  port1.postMessage(encodeError(thrown))
  const received = receiveMessageOnPort(port2) as { message: WireError }
  return decodeError(received.message)
}

/** The same where what is no error may arrive as what it is. */
export function thrownAcrossPort(thrown: unknown): unknown {
  port1.postMessage(encodeThrown(thrown))
  const received = receiveMessageOnPort(port2) as { message: WireValue }
  return decodeThrown(received.message)
}

/** Something that cannot be cloned. */
export const aPort: MessagePort = port1
