import { createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectCluster } from '../src/index.ts'

const API_VERSIONS = 18
const METADATA = 3
const UNSUPPORTED_VERSION = 35
const FIRST_FLEXIBLE = 3

/** A broker that knows of versions of requests alone, and takes Metadata up to `newestMetadata`. */
async function oldBroker(newestMetadata: number, newestApiVersions: number): Promise<string> {
  const server = createServer((socket) => {
    let begun = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      begun = Buffer.concat([begun, bytes])
      while (begun.length >= 4 && begun.length >= 4 + begun.readInt32BE(0)) {
        answer(socket, begun.subarray(4), newestMetadata, newestApiVersions)
        begun = begun.subarray(4 + begun.readInt32BE(0))
      }
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function answer(socket: Socket, request: Buffer, newestMetadata: number, newest: number): void {
  const [key, version, correlationId] = [
    request.readInt16BE(0),
    request.readInt16BE(2),
    request.readInt32BE(4),
  ]
  if (key !== API_VERSIONS) {
    socket.destroy() // as Kafka does with what it does not know
    return
  }
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

describe('a broker that is too old', () => {
  test.each([3, 0])(
    'is refused at once, with its versions; it tells them by version %i',
    async (newest) => {
      const broker = await oldBroker(1, newest)
      await expect(connectCluster({ bootstrapServers: broker })).rejects.toMatchObject({
        code: 'UNSUPPORTED_VERSION',
        message: expect.stringMatching(
          new RegExp(
            `^broker ${broker} takes no version of the request 3 .* it takes 0 to 1, and Ringlog`,
          ),
        ),
        details: { broker, theirs: '0 to 1' },
      })
    },
  )
})
