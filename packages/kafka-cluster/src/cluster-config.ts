import {
  durationMsOption,
  reasonOf,
  resolveOptions,
  show,
  type Option,
  type Resolved,
} from '@ringlog/core/internal'
import { MAX_RING_BYTES, MIN_RING_BYTES, isRingBytes } from '@ringlog/core/internal/cluster'
import type { SASLOptions } from '@platformatic/kafka'
import { createSecureContext, type ConnectionOptions as TlsOptions } from 'node:tls'

/** How to reach a cluster, under the names of Kafka's clients in camel case. */
export interface ClusterConfig {
  /** Some of the brokers, each `"host:port"`: the others are learnt from whichever answers. */
  bootstrapServers: string | readonly string[]
  /** Names this client in the brokers' logs and quotas. Default `"ringlog"`. */
  clientId?: string | undefined
  /** TLS: `true`, or the options of `tls.connect` of Node.js (`ca`, `cert`, `key`, …). Default: none. */
  ssl?: boolean | TlsOptions | undefined
  /** Who this client is. Default: nobody in particular. */
  sasl?: ClusterSasl | undefined
  /** For how long one connection may take to open, TLS and SASL included. Default 10,000. */
  connectTimeoutMs?: number | undefined
  /** For how long a broker may take to answer; then its connection is given up. Default 30,000. */
  requestTimeoutMs?: number | undefined
  /** How long after a failure the first next attempt is; then twice as long each time, up to a second. Default 100. */
  retryBackoffMs?: number | undefined
  /** For how long `connectCluster`, and each call that manages topics and groups, tries. Default 60,000. */
  defaultApiTimeoutMs?: number | undefined
  /** How old what is known of topics may get before it is asked again without a reason. Default 300,000. */
  metadataMaxAgeMs?: number | undefined
  /**
   * Whether partitions are followed: a thread of their own fetches each, once for all consumers of this process, into a
   * ring that their threads read. Default `false`. See docs/cluster.md.
   */
  follow?: boolean | FollowConfig | undefined
}

/** How partitions are followed. */
export interface FollowConfig {
  /**
   * The size of a followed partition's ring, a power of two from 64 KiB to 1 GiB. A batch that is larger than a quarter
   * of it is fetched by each consumer itself. Default 8 MiB.
   */
  ringBytes?: number | undefined
}

/** The user of a cluster: as the package @platformatic/kafka takes it. */
export interface ClusterSasl {
  mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER' | 'GSSAPI'
  username?: string | (() => string | Promise<string>) | undefined
  password?: string | (() => string | Promise<string>) | undefined
  /** For OAUTHBEARER. */
  token?: string | (() => string | Promise<string>) | undefined
  /** For GSSAPI: see the package's documentation. */
  authenticate?: SASLOptions['authenticate'] | undefined
}

/** A server of the list that the user gave, or a broker as the cluster tells of it. */
export interface BrokerEndpoint {
  readonly host: string
  readonly port: number
}

interface ResolvedFollowConfig {
  readonly ringBytes: number
}

/** A cluster's configuration with every default filled in. */
export interface ResolvedClusterConfig {
  readonly bootstrapServers: readonly BrokerEndpoint[]
  readonly clientId: string
  readonly ssl: TlsOptions | null
  readonly sasl: ClusterSasl | null
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  readonly defaultApiTimeoutMs: number
  readonly metadataMaxAgeMs: number
  /** `null`: every consumer fetches for itself. */
  readonly follow: ResolvedFollowConfig | null
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER', 'GSSAPI']
const MAX_PORT = 65_535
/** What a request has room for. */
const MAX_CLIENT_ID_BYTES = 2 ** 15 - 1

const bootstrapServersOption: Option<string | readonly string[]> = {
  default: [],
  fault(value) {
    const servers = serversIn(value)
    if (servers === null || servers.length === 0) {
      return `must be "host:port", or a list of that, got ${show(value)}`
    }
    const faulty = servers.filter((server) => endpointOf(server) === null)
    if (faulty.length === 0) return null
    return `must be "host:port" each, with a port from 1 to ${MAX_PORT}, got ${show(faulty[0])}`
  },
}

const clientIdOption: Option<string> = {
  default: 'ringlog',
  fault(value) {
    if (typeof value !== 'string' || value === '') {
      return `must be a string that is not empty, got ${show(value)}`
    }
    return Buffer.byteLength(value) <= MAX_CLIENT_ID_BYTES
      ? null
      : `must have at most ${MAX_CLIENT_ID_BYTES} bytes, got ${show(value)}`
  },
}

const sslOption: Option<boolean | TlsOptions> = {
  default: false,
  fault(value) {
    if (typeof value === 'boolean') return null
    if (!isObject(value)) {
      return `must be true, false or the options of tls.connect, got ${show(value)}`
    }
    try {
      createSecureContext(value)
      return null
    } catch (error) {
      return `cannot be used: ${reasonOf(error)}`
    }
  },
}

const saslOption: Option<ClusterSasl | null> = {
  default: null,
  fault(value) {
    if (!isObject(value)) return `must be an object with a mechanism, got ${show(value)}`
    const { mechanism, username, password, token, authenticate } = value as Partial<ClusterSasl>
    if (!MECHANISMS.includes(mechanism as string)) {
      return `must have a mechanism, one of ${MECHANISMS.join(', ')}, got ${show(mechanism)}`
    }
    const faulty = Object.entries({ username, password, token }).find(([, given]) => !isText(given))
    if (faulty !== undefined) {
      return `must have as ${faulty[0]} a string, or a function that returns one`
    }
    if (authenticate !== undefined && typeof authenticate !== 'function') {
      return `must have as authenticate a function, got ${show(authenticate)}`
    }
    const needsPassword = mechanism === 'PLAIN' || mechanism?.startsWith('SCRAM') === true
    const isMissing = username === undefined || password === undefined
    if (needsPassword && isMissing) return `must have a username and a password with ${mechanism}`
    if (authenticate !== undefined) return null
    if (mechanism === 'GSSAPI') return 'must have a function authenticate with GSSAPI'
    return mechanism === 'OAUTHBEARER' && token === undefined
      ? 'must have a token with OAUTHBEARER'
      : null
  },
}

const DEFAULT_FOLLOWED_RING_BYTES = 8 * 1024 * 1024

const followOption: Option<boolean | FollowConfig> = {
  default: false,
  fault(value) {
    if (typeof value === 'boolean') return null
    if (!isObject(value)) return `must be true, false or { ringBytes }, got ${show(value)}`
    const other = Object.keys(value).find((name) => name !== 'ringBytes')
    if (other !== undefined) return `has the option ringBytes alone, got ${show(other)}`
    const { ringBytes = DEFAULT_FOLLOWED_RING_BYTES } = value as FollowConfig
    if (isRingBytes(ringBytes)) return null
    return `.ringBytes must be a power of two from ${MIN_RING_BYTES} to ${MAX_RING_BYTES}, got ${show(ringBytes)}`
  },
}

const CLUSTER_OPTIONS = {
  bootstrapServers: bootstrapServersOption,
  clientId: clientIdOption,
  ssl: sslOption,
  sasl: saslOption,
  connectTimeoutMs: durationMsOption(10_000, 1),
  requestTimeoutMs: durationMsOption(30_000, 1),
  retryBackoffMs: durationMsOption(100),
  defaultApiTimeoutMs: durationMsOption(60_000),
  metadataMaxAgeMs: durationMsOption(300_000, 1),
  follow: followOption,
}

/** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
export function resolveClusterConfig(given: ClusterConfig): ResolvedClusterConfig {
  const config: Resolved<typeof CLUSTER_OPTIONS> = resolveOptions(
    'ClusterConfig',
    CLUSTER_OPTIONS,
    given,
    [
      {
        of: ['bootstrapServers'],
        check: ({ bootstrapServers }, report) => {
          if (bootstrapServers.length > 0) return
          report('bootstrapServers', 'must be given: "host:port", or a list of that')
        },
      },
      {
        of: ['follow', 'ssl', 'sasl'],
        check: ({ follow, ssl, sasl }, report) => {
          if (follow === false || isCloneable({ ssl, sasl })) return
          report(
            'follow',
            'must be false with functions in ssl or sasl: threads cannot be given them',
          )
        },
      },
    ],
  )
  return Object.freeze({
    ...config,
    bootstrapServers: serversIn(config.bootstrapServers)!.map((server) => endpointOf(server)!),
    ssl: config.ssl === false ? null : config.ssl === true ? {} : config.ssl,
    follow: config.follow === false ? null : followOf(config.follow),
  })
}

function followOf(follow: true | FollowConfig): ResolvedFollowConfig {
  const { ringBytes = DEFAULT_FOLLOWED_RING_BYTES } = follow === true ? {} : follow
  return { ringBytes }
}

/** Whether a thread can be given this: it holds no functions, as those that give tokens. */
export function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

/** As Kafka takes it: a list, or names separated by commas. */
function serversIn(value: unknown): string[] | null {
  if (typeof value === 'string') return value.split(',').map((server) => server.trim())
  if (!Array.isArray(value)) return null
  return value.every((server) => typeof server === 'string') ? value : null
}

/** `host:port`, or `[::1]:port`. */
function endpointOf(server: string): BrokerEndpoint | null {
  const match = /^(?:\[([^\]]+)\]|([^:/\s]+)):(\d{1,5})$/.exec(server)
  if (match === null) return null
  const [, ipv6, name, digits] = match
  const port = Number(digits)
  return port >= 1 && port <= MAX_PORT ? { host: (ipv6 ?? name)!, port } : null
}

/** Of a credential, where one is given; its value is told nobody. */
function isText(given: unknown): boolean {
  return given === undefined || typeof given === 'string' || typeof given === 'function'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
