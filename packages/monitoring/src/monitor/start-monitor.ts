import type { LogClient } from '@ringlog/core'
import {
  booleanOption,
  durationMsOption,
  engineOf,
  integerOption,
  resolveOptions,
  RinglogError,
} from '@ringlog/core/internal'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerTo } from './answer.ts'
import { SnapshotStream } from './snapshot-stream.ts'

/** The options of `startMonitor`. */
export interface MonitorConfig {
  /** The port on 127.0.0.1; 0, the default: one that is free. */
  port?: number | undefined
  /** How long the page waits from one look at the broker to the next, in milliseconds. Default 250. */
  intervalMs?: number | undefined
  /** Whether records can be looked into: key, value, headers. Default `false`: whoever uses the machine sees the page. */
  records?: boolean | undefined
}

/** A running monitor. */
export interface Monitor extends AsyncDisposable {
  readonly port: number
  /** What to open in a browser. */
  readonly url: string
  /** Ends the server, open pages included. Idempotent; closing the client does it as well. */
  close(): Promise<void>
}

const OPTIONS = {
  port: integerOption(0, { min: 0, max: 65_535 }),
  intervalMs: durationMsOption(250, 50),
  records: booleanOption(false),
}

/**
 * Serves a page that shows the broker of a client live: each partition's offsets, how far groups are, who has
 * which partition, and who holds a full ring. It changes nothing, answers on 127.0.0.1 only, and asks the broker
 * only while a page is open: one call of `metrics()` and one of `describeGroup` for each group, `intervalMs` apart.
 *
 * It runs in the calling thread, which it does not keep alive.
 *
 * @throws RinglogError INVALID_CONFIG for options that are none, and for a port that is in use; BROKER_CLOSED.
 */
export async function startMonitor(client: LogClient, config?: MonitorConfig): Promise<Monitor> {
  const options = resolveOptions('MonitorConfig', OPTIONS, config)
  const engine = engineOf(client)
  const closed = engine.closedError()
  if (closed !== null) throw closed
  const stream = new SnapshotStream(client, options.intervalMs)
  const server = createServer((request, response) => {
    answerTo(request, response, { client, stream, hasRecords: options.records })
  })
  server.on('connection', (socket) => socket.unref())
  await listen(server, options.port)
  const closedMeanwhile = engine.closedError()
  if (closedMeanwhile !== null) {
    server.close()
    throw closedMeanwhile
  }
  const { port } = server.address() as AddressInfo

  let closing: Promise<void> | null = null
  const close = (): Promise<void> => (closing ??= end())
  const end = async (): Promise<void> => {
    detach()
    stream.close()
    const ended = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await ended
  }
  const detach = engine.attach({
    drain: () => Promise.resolve(),
    close,
    fail: () => void close(),
  })
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    const isInUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    const why = isInUse ? 'is in use' : `cannot be listened on: ${(error as Error).message}`
    throw new RinglogError(
      'INVALID_CONFIG',
      `MonitorConfig is not valid: port ${port} of 127.0.0.1 ${why}; 0 takes one that is free`,
      { cause: error, details: { faults: [{ option: 'port', fault: why }] } },
    )
  }
  server.unref()
}
