import { RinglogError, clearTimer, setTimer } from '@ringlog/core/internal'
import type { Connection } from '@platformatic/kafka'
import type { BrokerEndpoint, ResolvedClusterConfig } from '../cluster-config.ts'
import type { Kafka } from '../load-kafka.ts'
import type { ClusterApi } from './cluster-api.ts'
import { checkedSasl } from './checked-sasl.ts'
import { clusterError, nameOfEndpoint } from './cluster-errors.ts'
import { guardPackage, type PackageGuard } from './guard-package.ts'
import { RequestPipeline } from './request-pipeline.ts'

const VERSION = '0.1.0'

/** The versions of one request that a broker takes. */
interface VersionRange {
  readonly minVersion: number
  readonly maxVersion: number
}

/** What a connection needs beside its address. */
export interface ConnectionParts {
  readonly kafka: Kafka
  readonly config: ResolvedClusterConfig
  /** For how long an answer may take. */
  readonly requestTimeoutMs: number
}

/**
 * An open connection to a broker, with the versions of requests that it takes. The broker answers in the order
 * of the requests. A request without an answer in time ends it: what the broker did with the others is unknown.
 */
export class BrokerConnection {
  readonly at: BrokerEndpoint
  readonly #connection: Connection
  readonly #pipeline: RequestPipeline
  readonly #versions: ReadonlyMap<number, VersionRange>

  /** @throws RinglogError that names the broker: NETWORK_EXCEPTION, REQUEST_TIMED_OUT, SASL_AUTHENTICATION_FAILED, … */
  static async open(at: BrokerEndpoint, parts: ConnectionParts): Promise<BrokerConnection> {
    const { kafka, config, requestTimeoutMs } = parts
    const { clientId } = config
    const connection = new kafka.Connection(clientId, {
      connectTimeout: config.connectTimeoutMs,
      ...(config.ssl !== null && {
        tls: config.ssl,
        tlsServerName: config.ssl.servername ?? isName(at.host),
      }),
      ...(config.sasl !== null && { sasl: checkedSasl(config.sasl) }),
    })
    connection.on('error', () => undefined) // whoever waits for an answer gets it
    let guard: PackageGuard | null = null
    try {
      const connected = connection.connect(at.host, at.port) as Promise<void>
      // The package has begun to listen by then, and nothing has come yet.
      connection.socket.once(config.ssl === null ? 'connect' : 'secureConnect', () => {
        guard = guardPackage(kafka, connection.socket)
      })
      await connected
      const versions = await askVersions(kafka, connection, config.connectTimeoutMs)
      const pipeline = new RequestPipeline(connection, { kafka, at, clientId, requestTimeoutMs })
      return new BrokerConnection(at, connection, pipeline, versions)
    } catch (error) {
      connection.socket?.destroy()
      throw clusterError(faultOf(guard) ?? error, at, 'cannot be connected to')
    }
  }

  private constructor(
    at: BrokerEndpoint,
    connection: Connection,
    pipeline: RequestPipeline,
    versions: ReadonlyMap<number, VersionRange>,
  ) {
    this.at = at
    this.#connection = connection
    this.#pipeline = pipeline
    this.#versions = versions
  }

  get isOpen(): boolean {
    return this.#pipeline.isOpen
  }

  /** Calls back once when the connection has ended. */
  onceClosed(callback: () => void): void {
    this.#connection.once('close', callback)
  }

  /** Whether the connection keeps the process alive. */
  setRef(isRef: boolean): void {
    if (isRef) this.#connection.socket.ref()
    else this.#connection.socket.unref()
  }

  /**
   * The newest version that the broker takes as well.
   *
   * @throws RinglogError UNSUPPORTED_VERSION.
   */
  newestOf<Args extends unknown[], Response>(
    apis: ReadonlyArray<ClusterApi<Args, Response>>,
  ): ClusterApi<Args, Response> {
    const { key } = apis[0]!
    const range = this.#versions.get(key)
    const isTaken = ({ version }: { version: number }): boolean =>
      range !== undefined && version >= range.minVersion && version <= range.maxVersion
    const api = apis.find(isTaken)
    if (api !== undefined) return api
    const ours = apis.map(({ version }) => version).join(', ')
    const theirs = range === undefined ? 'none' : `${range.minVersion} to ${range.maxVersion}`
    const broker = nameOfEndpoint(this.at)
    throw new RinglogError(
      'UNSUPPORTED_VERSION',
      `broker ${broker} takes no version of the request ${key} that Ringlog knows: it takes ${theirs}, and Ringlog ${ours}`,
      { details: { broker, apiKey: key, ours, theirs } },
    )
  }

  /** Sends a request; resolves with its answer. Requests leave in the order of the calls. */
  send<Args extends unknown[], Response>(
    api: ClusterApi<Args, Response>,
    args: Args,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const onAnswer = (error: Error | null, response?: Response): void => {
        if (error === null) resolve(response as Response)
        else reject(clusterError(error, this.at, 'did not answer'))
      }
      // Of a connection a request's module calls `send` alone.
      api(this.#pipeline as unknown as Connection, ...args, onAnswer)
    })
  }

  /** Sends what was written, then closes; nobody waits for an answer. */
  end(): void {
    this.#connection.socket.ref()
    this.#connection.socket.destroySoon()
  }

  /** What is on its way fails. */
  close(): void {
    this.#connection.socket.destroy()
  }
}

/** A server's name can be checked against its certificate; an address has none. */
function isName(host: string): boolean {
  return !/^[\d.]+$|:/.test(host)
}

/** TypeScript does not see that a callback has set it. */
function faultOf(guard: PackageGuard | null): Error | null {
  return guard?.fault ?? null
}

async function askVersions(
  kafka: Kafka,
  connection: Connection,
  timeoutMs: number,
): Promise<ReadonlyMap<number, VersionRange>> {
  const { apiKeys } = await new Promise<{
    apiKeys: ReadonlyArray<{ apiKey: number } & VersionRange>
  }>((resolve, reject) => {
    const timer = setTimer(() => {
      reject(
        new kafka.TimeoutError(
          `it took the connection, and did not say within ${timeoutMs} ms what it speaks`,
        ),
      )
    }, timeoutMs)
    kafka.apiVersionsV3.api(connection, 'ringlog', VERSION, (error, response) => {
      if (error !== null && isTooNew(error)) {
        kafka.apiVersionsV0.api(connection, 'ringlog', VERSION, (errorOfOldest, oldest) => {
          clearTimer(timer)
          if (errorOfOldest === null) resolve(oldest!)
          else reject(errorOfOldest)
        })
        return
      }
      clearTimer(timer)
      if (error === null) resolve(response!)
      else reject(error)
    })
  })
  return new Map(apiKeys.map(({ apiKey, ...range }) => [apiKey, range]))
}

/** A broker before Kafka 2.4 answers so to the newer question. */
function isTooNew(error: Error): boolean {
  const { errors = [] } = error as { errors?: ReadonlyArray<{ apiId?: string }> }
  return errors.some(({ apiId }) => apiId === 'UNSUPPORTED_VERSION')
}
