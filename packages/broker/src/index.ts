export type { AssignorAnswer, AssignorMember, AssignorRequest } from './assignors/assignor.ts'
export { Broker } from './broker.ts'
export type { BrokerConfig } from './config.ts'
export { connect } from './connect.ts'
