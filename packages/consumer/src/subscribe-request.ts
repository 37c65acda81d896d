import {
  RinglogError,
  assertTopicName,
  didYouMean,
  inPlaceOfForeign,
  show,
  type GroupSubscription,
} from '@ringlog/core/internal'
import type { RebalanceListener } from './rebalance-listener.ts'

const CALLBACKS = ['onPartitionsAssigned', 'onPartitionsRevoked', 'onPartitionsLost'] as const

const isCallback = (name: string): boolean => (CALLBACKS as readonly string[]).includes(name)

/**
 * Checks what a user subscribes to, and copies it.
 *
 * @throws RinglogError INVALID_REQUEST, INVALID_TOPIC_EXCEPTION.
 */
export function checkTopics(topics: unknown): GroupSubscription {
  if (topics instanceof RegExp) return { pattern: new RegExp(topics.source, topics.flags) }
  if (!Array.isArray(topics)) {
    throw new RinglogError(
      'INVALID_REQUEST',
      `topics must be an array of names or a RegExp, such as subscribe(['orders']), got ${show(topics)}`,
    )
  }
  const names = topics as unknown[]
  for (const name of names) assertTopicName(name)
  return { topics: [...new Set(names as string[])] }
}

/** @throws RinglogError INVALID_REQUEST. */
export function checkListener(listener: unknown): RebalanceListener {
  if (listener === undefined) return {}
  if (typeof listener !== 'object' || listener === null) {
    throw new RinglogError(
      'INVALID_REQUEST',
      `a listener must be an object with ${CALLBACKS.join(', ')}, got ${show(listener)}`,
    )
  }
  for (const name of CALLBACKS) {
    const callback = (listener as Record<string, unknown>)[name]
    if (callback === undefined || typeof callback === 'function') continue
    throw new RinglogError('INVALID_REQUEST', `${name} must be a function, got ${show(callback)}`)
  }
  // A listener of the user's may hold whatever else, but not a name that is nearly one of these.
  for (const name of Object.keys(listener).filter((own) => !isCallback(own))) {
    const hint = inPlaceOfForeign(name) || didYouMean(name, CALLBACKS)
    if (hint === '') continue
    throw new RinglogError('INVALID_REQUEST', `a listener has no ${name}; ${hint}`)
  }
  return listener
}
