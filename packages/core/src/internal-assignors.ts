/** As `internal.ts`: who gets which partitions of a group, for whoever coordinates one. */
import './node-version.ts'

export type {
  Assignor,
  AssignorAnswer,
  AssignorMember,
  AssignorRequest,
} from './group/assignors/assignor.ts'
export { checkAnswer } from './group/assignors/check-answer.ts'
export { rangeAssignor } from './group/assignors/range-assignor.ts'
export { roundRobinAssignor } from './group/assignors/round-robin-assignor.ts'
export { stickyAssignor } from './group/assignors/sticky-assignor.ts'
