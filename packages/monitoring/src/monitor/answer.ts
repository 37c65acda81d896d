import type { LogClient } from '@ringlog/core'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { monitorPage } from './monitor-page.ts'
import { readRecords } from './read-records.ts'
import type { SnapshotStream } from './snapshot-stream.ts'

interface Served {
  readonly client: LogClient
  readonly stream: SnapshotStream
  readonly hasRecords: boolean
}

/** Answers one request: the page, its stream, and records where they may be looked into. */
export function answerTo(request: IncomingMessage, response: ServerResponse, served: Served): void {
  response.setHeader('cache-control', 'no-store')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('cross-origin-resource-policy', 'same-origin')
  const refusal = refusalOf(request)
  if (refusal !== null) {
    if (refusal.status === 405) response.setHeader('allow', 'GET')
    return end(response, refusal.status, refusal.why)
  }
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (url.pathname === '/') return servePage(response, served.hasRecords)
  if (url.pathname === '/stream') return served.stream.add(response)
  if (url.pathname === '/records' && served.hasRecords) {
    void serveRecords(url.searchParams, response, served.client)
    return
  }
  end(response, 404, 'there is nothing here')
}

/**
 * A page of another site can make a browser ask this server, by its address or by a name of its own that it
 * lets point to 127.0.0.1: only a browser that was told the address itself is answered.
 */
function refusalOf(request: IncomingMessage): { status: number; why: string } | null {
  const { host = '', origin, 'sec-fetch-site': site = 'none' } = request.headers
  const port = request.socket.localPort
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`].concat(
    port === 80 ? ['127.0.0.1', 'localhost'] : [],
  )
  if (!hosts.includes(host)) return { status: 403, why: 'only 127.0.0.1 and localhost are served' }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, why: 'other origins are not served' }
  }
  if (site !== 'none' && site !== 'same-origin') {
    return { status: 403, why: 'other sites are not served' }
  }
  if (request.method !== 'GET') return { status: 405, why: 'a monitor changes nothing: use GET' }
  return URL.canParse(request.url ?? '/', 'http://127.0.0.1')
    ? null
    : { status: 400, why: 'this is no path' }
}

function servePage(response: ServerResponse, hasRecords: boolean): void {
  const { html, contentSecurityPolicy } = monitorPage(hasRecords)
  response.setHeader('content-security-policy', contentSecurityPolicy)
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(html)
}

async function serveRecords(
  parameters: URLSearchParams,
  response: ServerResponse,
  client: LogClient,
): Promise<void> {
  const topic = parameters.get('topic') ?? ''
  const [partition, offset] = ['partition', 'offset'].map((name) => {
    const text = parameters.get(name) ?? ''
    return /^\d{1,16}$/.test(text) ? Number(text) : null
  })
  if (typeof partition !== 'number' || typeof offset !== 'number') {
    return end(response, 400, 'partition and offset must be whole numbers')
  }
  try {
    const records = await readRecords(client, { topic, partition }, offset)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(records))
  } catch (error) {
    end(response, 409, (error as Error).message)
  }
}

function end(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`)
}
