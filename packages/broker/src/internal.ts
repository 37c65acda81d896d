/** What `ringlog/testing` needs of a broker, and users do not import. */
export { InMemoryBroker } from './in-thread/in-memory-broker.ts'
export type { InMemoryConfig } from './in-thread/config.ts'
