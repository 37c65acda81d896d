export {
  PartitionHost,
  type PartitionHostOptions,
  type PartitionHostState,
} from './partition-host.ts'
export {
  PartitionGates,
  type GateHolder,
  type GroupGateMove,
  type GroupGateOffset,
} from './partition-gates.ts'
export { PartitionLog, type PartitionLogOptions } from './partition-log.ts'
export type { ReaderDescription } from './partition-start.ts'
