export type {
  AssignorAnswer,
  AssignorMember,
  AssignorRequest,
} from '@ringlog/core/internal/assignors'
export { backup } from './client/backup.ts'
export { Broker } from './client/broker.ts'
export type { BrokerConfig, BrokerWorkers } from './client/config.ts'
export { connect } from './client/connect.ts'
export type { PartitionMove, RebalanceEvent, RebalanceReason } from '@ringlog/core'
