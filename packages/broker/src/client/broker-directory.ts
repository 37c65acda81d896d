import { RinglogError, type BrokerAddress } from '@ringlog/core/internal'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** The key of the environment data: it reaches every thread started later by this one or its own. */
const DIRECTORY_KEY = 'ringlog:brokers'

/**
 * The brokers that this thread knows of: those it started, and those that ran when it was started
 * itself. That is how `connect()` without an address finds the process's only broker.
 */
export function listedBrokers(): readonly BrokerAddress[] {
  return (getEnvironmentData(DIRECTORY_KEY) as unknown as BrokerAddress[] | undefined) ?? []
}

export function listBroker(address: BrokerAddress): void {
  setEnvironmentData(DIRECTORY_KEY, [...listedBrokers(), address])
}

export function unlistBroker(address: BrokerAddress): void {
  const others = listedBrokers().filter(({ brokerId }) => brokerId !== address.brokerId)
  setEnvironmentData(DIRECTORY_KEY, others)
}

/** @throws RinglogError BROKER_NOT_AVAILABLE unless exactly one broker is known here. */
export function onlyBroker(): BrokerAddress {
  const brokers = listedBrokers()
  if (brokers.length === 1) return brokers[0]!
  const why =
    brokers.length === 0
      ? 'this thread knows of no broker: start one first; a thread that was there before the broker, or ' +
        'was not started by its thread, needs broker.address'
      : `this thread knows of ${brokers.length} brokers (${brokers.map(({ name }) => name).join(', ')}): pass the address of one`
  throw new RinglogError('BROKER_NOT_AVAILABLE', `connect() has no address, and ${why}`)
}
