import { RinglogError, reasonOf, type RinglogErrorCode } from '@ringlog/core/internal'
import { errorCodeOf } from '@ringlog/core/internal/cluster'
import type { BrokerEndpoint } from '../cluster-config.ts'
import { UNKNOWN_TOPIC_OR_PARTITION, UNSUPPORTED_SASL_MECHANISM } from './error-numbers.ts'

/** The error of a number in a response. */
export function errorOfNumber(
  errorNumber: number,
  message?: string | null,
  details: Readonly<Record<string, unknown>> = {},
): RinglogError {
  const code = errorCodeOf(errorNumber)
  if (code !== null) return new RinglogError(code, message || undefined, { details })
  const what = message ?? 'an error that Ringlog has no name for'
  return new RinglogError(
    'UNKNOWN_SERVER_ERROR',
    `a broker answered error ${errorNumber}: ${what}`,
    {
      details: { ...details, errorNumber },
    },
  )
}

/**
 * The error of a number, with what it is about in the message.
 *
 * @param subject `topic orders`, `group billing`: the message begins with it.
 */
export function errorAbout(
  subject: string,
  errorNumber: number,
  message: string | null | undefined,
  details: Readonly<Record<string, unknown>>,
): RinglogError {
  const error = errorOfNumber(errorNumber, message, details)
  return new RinglogError(error.code, `${subject}: ${error.message}`, { details: error.details })
}

/** That a topic is not there, or why the cluster does not tell of it. */
export function errorOfTopic(topic: string, errorNumber: number): RinglogError {
  return errorNumber === UNKNOWN_TOPIC_OR_PARTITION
    ? errorOfNumber(errorNumber, `there is no topic ${topic}`, { topic })
    : errorAbout(`topic ${topic}`, errorNumber, null, { topic })
}

/** `host:port`, as messages have it. */
export function nameOfEndpoint({ host, port }: BrokerEndpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** What the package's errors have beside what every error has. */
interface PackageError extends Error {
  readonly code?: string
  readonly errors?: ReadonlyArray<{ apiCode?: number; serverErrorMessage?: string | null }>
  readonly response?: unknown
  readonly cause?: unknown
}

/** The whole response behind an error of the package that came of error numbers in it; else `undefined`. */
export function responseIn(error: unknown): unknown {
  return (error as PackageError | null)?.response
}

/**
 * The error of a request that failed, or of a connection that did not open.
 *
 * @param doing For the message: `cannot be connected to`.
 */
export function clusterError(cause: unknown, at: BrokerEndpoint, doing: string): RinglogError {
  if (RinglogError.is(cause)) return cause
  const error = cause as PackageError
  const broker = nameOfEndpoint(at)
  const first = error.errors?.find(({ apiCode }) => typeof apiCode === 'number')
  if (first !== undefined && error.code === 'PLT_KFK_RESPONSE') {
    const { message, code, details } = errorOfNumber(first.apiCode!, first.serverErrorMessage)
    return new RinglogError(code, message, { cause, details: { ...details, broker } })
  }
  const code = codeOf(error)
  const reason = reasons(error).join(': ')
  return new RinglogError(code, `broker ${broker} ${doing}: ${reason}`, {
    cause,
    details: { broker, isLasting: code === 'NETWORK_EXCEPTION' && isLasting(error) },
  })
}

/**
 * Whether another attempt would fail as well: the address or the configuration is wrong. Retriable are those of
 * a broker that is not up, or was reached and lost.
 */
export function isLastingError({ code, details }: RinglogError): boolean {
  return details['isLasting'] === true || LASTING_CODES.has(code)
}

/** Whether a broker could not be reached, was lost, or did not answer in time: what it was asked, another may answer. */
export function isOfLostBroker(error: unknown): error is RinglogError {
  if (RinglogError.is(error, 'NETWORK_EXCEPTION')) return true
  // That the time of a call is over, names no broker.
  return RinglogError.is(error, 'REQUEST_TIMED_OUT') && 'broker' in error.details
}

const LASTING_CODES: ReadonlySet<RinglogErrorCode> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'UNSUPPORTED_VERSION',
  'INVALID_CONFIG',
  'CLUSTER_AUTHORIZATION_FAILED',
])

function codeOf(error: PackageError): RinglogErrorCode {
  if (error.code === 'PLT_KFK_TIMEOUT') return 'REQUEST_TIMED_OUT'
  if (error.code === 'PLT_KFK_UNSUPPORTED_API') return 'UNSUPPORTED_VERSION'
  const causes = causesOf(error)
  const isMechanism = causes.some(({ errors = [] }) =>
    errors.some(({ apiCode }) => apiCode === UNSUPPORTED_SASL_MECHANISM),
  )
  if (isMechanism) return 'UNSUPPORTED_SASL_MECHANISM'
  const isRefused = causes.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION')
  return isRefused ? 'SASL_AUTHENTICATION_FAILED' : 'NETWORK_EXCEPTION'
}

/** No such host; TLS where there is none, or the other way round; a certificate that is not trusted. */
const LASTING_SYSTEM_ERRORS =
  /^(ENOTFOUND|EPROTO|ERR_SSL_|ERR_TLS_|CERT_|.*_CERT(_|$)|DEPTH_ZERO_|UNABLE_TO_)/
const NOT_KAFKA = 'ERR_NOT_KAFKA'

function isLasting(error: PackageError): boolean {
  return causesOf(error).some(
    ({ code = '' }) =>
      code === NOT_KAFKA || code === 'PLT_KFK_USER' || LASTING_SYSTEM_ERRORS.test(code),
  )
}

/** What the error and those behind it say, but for what the message has already: that no connection opened. */
function reasons(error: PackageError): string[] {
  const said = causesOf(error).flatMap((cause) => {
    const inResponse = (cause.errors ?? []) as ReadonlyArray<
      Error & { serverErrorMessage?: string }
    >
    return [reasonOf(cause), ...inResponse.map((one) => one.serverErrorMessage ?? one.message)]
  })
  const short = said.map((reason) => reason.replace(/\.$/, ''))
  const telling = short.filter(
    (reason) => !/^(|Connection to \S+ failed|Connection error)$/.test(reason),
  )
  return telling.length === 0 ? short.slice(0, 1) : [...new Set(telling)]
}

/** The error, and what is behind it, from the outside in. */
function causesOf(error: PackageError): PackageError[] {
  const causes: PackageError[] = []
  for (
    let cause: unknown = error;
    cause instanceof Error && causes.length < 8;
    cause = (cause as PackageError).cause
  ) {
    causes.push(cause)
  }
  return causes
}

/** What answers at the address does not speak Kafka's protocol. */
export function notKafka(firstBytes: Uint8Array): Error {
  const start = Buffer.from(firstBytes.subarray(0, 12)).toString('latin1')
  const isTls = firstBytes[0]! >= 0x14 && firstBytes[0]! <= 0x17 && firstBytes[1] === 0x03
  const what = isTls
    ? 'what answers there speaks TLS, which needs ssl in the configuration'
    : `what answers there is ${start.startsWith('HTTP') ? 'an HTTP server' : 'not Kafka'}`
  const message = `${what}: its answer begins with ${JSON.stringify(start)}`
  return Object.assign(new Error(message), { code: NOT_KAFKA })
}
