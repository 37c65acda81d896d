export {
  PartitionHost,
  type PartitionHostOptions,
  type PartitionHostState,
} from './partition-host.ts'
export { PartitionLog, type GateHolder, type PartitionLogOptions } from './partition-log.ts'
export type { ReaderDescription } from './partition-start.ts'
