import {
  RinglogError,
  callbackOption,
  choiceOption,
  engineOf,
  nameOption,
  resolveOptions,
  show,
  type BrokerAddress,
  type LogClient,
} from '@ringlog/core/internal'
import { checkedOption, topicsFault } from '../handling/handling-config.ts'

/** The configuration of `mirror`. */
export interface MirrorConfig {
  /** The group, on the client that is read from, whose commits say how far the mirror has come. */
  groupId: string
  /** What is mirrored: names, or a pattern that also covers topics to come. */
  topics: string[] | RegExp
  /** Where a partition begins of which the group has committed nothing. Default `"earliest"`. */
  autoOffsetReset?: 'earliest' | 'latest' | undefined
  /** Names the mirror's consumer and producer in messages and metrics. Default: its group, and a number. */
  clientId?: string | undefined
  /**
   * Called with what has stopped the mirror, which `closed` rejects with as well. Without it, the process gets a
   * warning.
   */
  onError?: ((error: RinglogError) => void) | undefined
  /** Aborted: the mirror closes, as by `close`. */
  signal?: AbortSignal | undefined
}

export interface ResolvedMirrorConfig {
  readonly groupId: string
  readonly topics: string[] | RegExp
  readonly autoOffsetReset: 'earliest' | 'latest'
  readonly clientId: string | null
  readonly onError: ((error: RinglogError) => void) | null
  readonly signal: AbortSignal | null
}

const MIRROR_OPTIONS = {
  groupId: nameOption(),
  topics: checkedOption<string[] | RegExp | null>(null, topicsFault),
  autoOffsetReset: choiceOption<'earliest' | 'latest'>('earliest', ['earliest', 'latest']),
  clientId: nameOption(),
  onError: callbackOption<(error: RinglogError) => void>(),
  signal: checkedOption<AbortSignal | null>(null, (value) =>
    value instanceof AbortSignal ? null : `must be an AbortSignal, got ${show(value)}`,
  ),
}

/**
 * Checks what `mirror` was given.
 *
 * @throws RinglogError INVALID_CONFIG that lists every faulty option; INVALID_REQUEST for what is no client, or one
 *   log that is to be read from and written to; BROKER_CLOSED.
 */
export function resolveMirrorConfig(
  from: LogClient,
  to: LogClient,
  given: MirrorConfig,
): ResolvedMirrorConfig {
  for (const engine of [engineOf(from), engineOf(to)]) {
    const closedError = engine.closedError()
    if (closedError !== null) throw closedError
  }
  if (engineOf(from) === engineOf(to) || isSameLog(from.address, to.address)) {
    throw new RinglogError(
      'INVALID_REQUEST',
      'mirror() was given two clients of the same log: it would read what it has written, without end',
    )
  }
  const { groupId, topics, ...rest } = resolveOptions(
    'MirrorConfig',
    MIRROR_OPTIONS,
    given,
    (config, report) => {
      if (config.groupId === null) report('groupId', 'must be given')
      if (config.topics === null) report('topics', 'must be given')
    },
  )
  return { ...rest, groupId: groupId!, topics: topics! }
}

/** Clusters may have been given the same id: so the servers count as well, by which they are reached. */
function isSameLog(a: BrokerAddress, b: BrokerAddress): boolean {
  return a.brokerId === b.brokerId && a.name === b.name
}
