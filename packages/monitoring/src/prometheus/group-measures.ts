import type { GroupMetrics, GroupPartitionMetrics } from '@ringlog/core/internal'
import { counters, gauges, seconds, type Measure } from './measure.ts'

const OF_GROUP = ['group']

/** Of a group, by `group`. */
export const GROUP: ReadonlyArray<Measure<GroupMetrics>> = [
  ...counters<GroupMetrics>(OF_GROUP, [
    ['group_rebalances', 'Rebalances that are over.', (g) => g.rebalancesTotal],
    [
      'group_rebalance_seconds',
      'For how long rebalances took.',
      (g) => seconds(g.rebalanceMsTotal),
    ],
  ]),
  ...gauges<GroupMetrics>(OF_GROUP, 'sum', [
    ['group_members', 'Members.', (g) => g.memberCount],
    ['group_epoch', 'Rises with every change that asks for a new assignment.', (g) => g.epoch],
    [
      'group_stable',
      'Whether every member has what it is to have: 1 or 0.',
      (g) => Number(g.state === 'stable'),
    ],
  ]),
]

/** Of a group on a partition, by `group`, `topic` and `partition`. */
export const GROUP_PARTITION: ReadonlyArray<Measure<GroupPartitionMetrics>> = gauges(
  ['group', 'topic', 'partition'],
  'max',
  [
    ['group_lag_records', 'Records that the group has still to commit.', (p) => p.lag],
    ['group_committed_offset', 'The next offset that the group reads.', (p) => p.committed],
  ],
)
