/**
 * Where a broker is: plain data, so that it can be passed to any thread of the process in
 * `workerData` or a message, and given to `connect`.
 */
export interface BrokerAddress {
  /** Tells this broker from every other one, also from one that has ended. */
  readonly brokerId: string
  /** The name given to `Broker.start`. */
  readonly name: string
  /** SharedArrayBuffers do not cross processes, so neither does a connection. */
  readonly processId: number
  readonly controllerThreadId: number
  /** Set where the log lives in that thread alone, as `inMemoryClient` of `ringlog/testing` makes it. */
  readonly isInMemory?: true | undefined
}
