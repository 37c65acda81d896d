import type { HistoryEvent } from '../history/history-event.ts'
import type { Anomaly, Check, EventOf } from './anomaly.ts'
import { checkCalls } from './check-calls.ts'
import { checkCommits } from './check-commits.ts'
import { checkDeliveries } from './check-deliveries.ts'
import { checkEnds } from './check-ends.ts'
import { checkErrors } from './check-errors.ts'
import { checkGroups } from './check-groups.ts'
import { checkLog } from './check-log.ts'
import { checkOwners } from './check-owners.ts'
import { checkPolls } from './check-polls.ts'
import { checkTopics } from './check-topics.ts'
import { CheckedHistory } from './checked-history.ts'

const CHECKS: readonly Check[] = [
  checkCalls,
  checkErrors,
  checkLog,
  checkEnds,
  checkDeliveries,
  checkPolls,
  checkOwners,
  checkGroups,
  checkCommits,
  checkTopics,
]

/**
 * Finds what must not happen in what a program's threads saw. It knows the history alone, and only
 * counts as an anomaly what no order of the events that it leaves open allows.
 *
 * @param events In their order.
 */
export function checkHistory(events: readonly HistoryEvent[]): Anomaly[] {
  const first = events.find((event): event is EventOf<'program'> => event.type === 'program')
  if (first === undefined) {
    return [{ kind: 'left behind', message: 'the program did not begin', order: 0 }]
  }
  const history = new CheckedHistory(events, first.program)
  return CHECKS.flatMap((check) => check(history)).sort((one, other) => one.order - other.order)
}
