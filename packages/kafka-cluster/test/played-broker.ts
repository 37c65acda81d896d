import { createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export const API_VERSIONS = 18
const METADATA = 3
const UNSUPPORTED_VERSION = 35
const FIRST_FLEXIBLE = 3

/** A request, as a server has received it. */
export interface Asked {
  readonly key: number
  readonly number: number
  /** Its bytes, without their length. */
  readonly body: Buffer
}

/**
 * Plays a server that does this with each request, once it is whole.
 *
 * @returns Its address.
 */
export async function playedServer(
  answer: (asked: Asked, socket: Socket) => void,
): Promise<string> {
  const server = createServer((socket) => {
    let begun = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      begun = Buffer.concat([begun, bytes])
      while (begun.length >= 4 && begun.length >= 4 + begun.readInt32BE(0)) {
        const body = begun.subarray(4, 4 + begun.readInt32BE(0))
        begun = begun.subarray(4 + body.length)
        answer({ key: body.readInt16BE(0), number: body.readInt32BE(4), body }, socket)
      }
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/**
 * Plays a broker that tells which versions of requests it takes, and answers nothing else: it ends the connection, as
 * Kafka does with what it does not know, or is silent.
 *
 * @returns Its address.
 */
export function playedBroker(
  newestMetadata: number,
  newestApiVersions: number,
  isSilent = false,
): Promise<string> {
  return playedServer(({ key, body }, socket) => {
    if (key === API_VERSIONS) tellVersions(socket, body, newestMetadata, newestApiVersions)
    else if (!isSilent) socket.destroy()
  })
}

function tellVersions(
  socket: Socket,
  request: Buffer,
  newestMetadata: number,
  newest: number,
): void {
  const [version, correlationId] = [request.readInt16BE(2), request.readInt32BE(4)]
  // What a broker does not take it answers in the oldest form.
  const isTaken = version <= newest
  const isFlexible = isTaken && version >= FIRST_FLEXIBLE
  const ranges: ReadonlyArray<readonly [key: number, newest: number]> = [
    [METADATA, newestMetadata],
    [API_VERSIONS, newest],
  ]
  const body = Buffer.alloc(64)
  let at = body.writeInt32BE(correlationId, 4)
  at = body.writeInt16BE(isTaken ? 0 : UNSUPPORTED_VERSION, at)
  at = isFlexible ? body.writeUInt8(ranges.length + 1, at) : body.writeInt32BE(ranges.length, at)
  for (const [of, upTo] of ranges) {
    at = body.writeInt16BE(upTo, body.writeInt16BE(0, body.writeInt16BE(of, at)))
    if (isFlexible) at = body.writeUInt8(0, at)
  }
  if (isTaken && version > 0) at = body.writeInt32BE(0, at)
  if (isFlexible) at = body.writeUInt8(0, at)
  body.writeInt32BE(at - 4, 0)
  socket.write(body.subarray(0, at))
}
