import type { BrokerConfig } from 'ringlog'

/** Workers may die as often as chaos has it. */
export const BROKER_CONFIG: BrokerConfig = { maxRestarts: 1_000_000 }
