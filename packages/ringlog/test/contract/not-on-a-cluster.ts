import type { Difference } from './difference.ts'
import { NO_RINGS } from './no-rings.ts'

/**
 * Where a cluster differs from a broker of this process, and the tests that are about that: they are not run on it.
 * docs/cluster.md says the same, in the rows of its table that are named here.
 */
export const NOT_ON_A_CLUSTER: readonly Difference[] = [
  NO_RINGS,
  {
    row: '`createTopic`',
    why: 'Values of options are judged by the brokers, which have as many partitions as they take.',
    tests: {
      lifecycle: [
        'is refused with all of its faults at once, also those that cannot cross a thread',
        'is refused with more partitions than the broker may have',
      ],
      topics: ['refuses more than the broker may have'],
    },
  },
  {
    row: '`describeTopic`',
    why: 'It tells what brokers have, which is more, and nothing of rings.',
    tests: {
      'topics-observing': ['describeTopic shows the whole configuration, of a log on a cluster'],
    },
  },
  {
    row: '`retentionMs`, `retentionBytes`',
    why: 'Brokers delete whole segments, and look every few minutes.',
    tests: { 'topics-retaining': ['evicts old records by itself, and keeps young ones'] },
  },
  {
    row: '`deleteRecords`',
    why: 'What a consumer has fetched by then it hands out.',
    tests: {
      'topics-retaining': [
        'also takes from a consumer what it was handed just now, or was to be handed next',
      ],
    },
  },
  {
    row: "a partition's worker (`restartPartition`, faults of `ringlog/testing`)",
    why: 'A partition has no worker of this process, and the log no controller: none of them ends, restarts or is made to fail.',
    tests: {
      'closing-anywhere.long': 'all',
      'controller-ends': 'all',
      'faults-given': 'all',
      'faults-killing.long': 'all',
      'faults-of-answers.long': 'all',
      'faults-of-appends': 'all',
      'faults-of-clients': 'all',
      'nothing-left-behind.long': 'all',
      'owner-ends': 'all',
      'pool-partition-ends': 'all',
      restarting: 'all',
      'restarting-groups': 'all',
      'restarting-offline': 'all',
      'restarting-producers': 'all',
      'runner-closing': [
        'every record is handled although its partition’s worker is killed again and again',
      ],
      'stopped-ringers': 'all',
      'stuck-controller.long': 'all',
      'stuck-for-a-while.long': 'all',
      'stuck-partitions.long': 'all',
      'wait-strategies': 'all',
    },
  },
  {
    row: '`metrics`',
    why: 'What brokers count they tell by other means; of other clients they tell nothing.',
    tests: {
      closing: ['while partitions are assigned to it leaves none of them held'],
      'metrics-of-clients': 'all',
      'topics-observing': [
        'count records, bytes, batches, failures, connections and use, by partition and in all',
      ],
    },
  },
  {
    row: 'a client that is not closed',
    why: 'A client keeps no process alive, calls that wait do. These tests start a broker, or its threads.',
    tests: {
      'consuming-polls': [
        'a poll that waits keeps its process alive, and no longer',
        'a poll that waits keeps its thread alive, and no longer',
      ],
      lifecycle: [
        'a broker keeps its process alive as it is told: unref',
        'a broker keeps its process alive as it is told: ref',
        'a broker keeps its process alive as it is told: alone',
      ],
    },
  },
  {
    row: '`pollSync`, `commitSync`',
    why: 'Commits are answered as the event loop of a thread turns: `commitSync` is refused.',
    tests: {
      committing: ['commitSync does the same, and refuses the same'],
      groups: ['has members that only block: pollSync gives up and takes partitions between turns'],
    },
  },
  {
    row: '`pollSync`, `commitSync`',
    why: 'Records come as the event loop of a thread turns: `pollSync` is refused, but with `follow`.',
    only: 'not followed',
    tests: {
      consuming: ['pollSync hands out the same, and blocks no longer than it may'],
      'group-failures': ['blocks in pollSync for long is not stuck'],
    },
  },
  {
    row: '`offsets`, `describeGroup`',
    why: 'Where a consumer stands between two commits only the consumer knows: `offsets()` and `describeGroup` tell what is committed.',
    tests: {
      committing: ['commit marks everything handed out so far; without one nothing is marked'],
      'committing-automatically': [
        'what was committed by hand is not committed back by itself',
        'a seek is committed with the next poll, but never past the end',
      ],
      'group-offsets': [
        "the article's three offsets move as it says, beside Kafka's, at every step",
      ],
    },
  },
  {
    row: '`commit` past the end',
    why: 'The coordinator does not look at the log: an offset past the end is taken.',
    tests: { committing: ['an offset past the end is refused, and nothing is committed'] },
  },
  {
    row: 'a group that has committed nothing',
    why: 'It starts by `autoOffsetReset` each time.',
    tests: {
      'committing-automatically': [
        'a group that has committed nothing starts for its next consumer where it began',
      ],
    },
  },
  {
    row: 'two consumers that assign the same partition for one group',
    why: 'Consumers that assign partitions to themselves do not know of each other, and the coordinator does not know of them.',
    tests: {
      'committing-automatically': ['another consumer that assigns the partition takes it over'],
      'group-admin': [
        'lists and describes them, with members, offsets and lag',
        'deletes one that nobody uses, with its offsets',
      ],
      'group-subscriptions': [
        'gives its partitions to members or to those who assign them, not to both',
      ],
    },
  },
  {
    row: 'a rebalance',
    why: 'A member hears of it with a heartbeat: until then its consumer hands records out.',
    tests: {
      groups: ['iterates: a partition is let go between two records'],
    },
  },
  {
    row: '`ringlog:rebalance`',
    why: 'Nothing is told: the coordinator is elsewhere.',
    tests: {
      'closing-within': ['as a listener of a diagnostics channel'],
      'group-admin': ['tells of each rebalance on the channel ringlog:rebalance'],
    },
  },
  {
    row: 'deleting a topic',
    why: 'A group stays, with what it has committed on other topics; an empty one until the cluster forgets it.',
    tests: {
      'committing-automatically': ['deleting a topic forgets what was committed there'],
      'group-expiry': 'all',
    },
  },
  {
    row: '`deleteTopic`',
    why: 'Brokers take what comes until they have heard that a topic is deleted.',
    tests: {
      'producing-topics': [
        'fails what is queued for a topic that is deleted, and gives its memory back',
      ],
    },
  },
  {
    row: 'the client is closed',
    why: 'The client is not the log: closing it closes its consumers, as `CONSUMER_CLOSED` says, and nothing of other clients.',
    tests: {
      'consuming-polls': [
        'closing the broker is BROKER_CLOSED to a poll, in whatever client',
        'an iteration throws when the broker closes',
      ],
      'group-failures': ['is closed with its client, or its broker, leaves nothing behind'],
      groups: [
        'is not there for a member that has no partitions: it waits, and is closed with the broker',
      ],
      lifecycle: [
        'rejects every call when its broker is closed',
        'is no broker that could be connected to',
        'first lets producers send what they have, in every thread and client',
        'two logs on a cluster of a process know nothing of each other',
      ],
    },
  },
  {
    row: 'a `groupInstanceId` that is in use',
    why: 'It is not taken over: `subscribe` waits until the other has left, or its session has ended.',
    tests: {
      'committing-back': ['is refused, also once its poll has said so'],
      'group-failures': [
        'is replaced by another of its groupInstanceId is fenced for good',
        'is a static one that comes back in time has its partitions, and nobody else is told: killed',
      ],
    },
  },
  {
    row: 'a member whose thread or process ends, a static one that does not come back',
    why: 'Its partitions come back when its session has ended, which the coordinator sets.',
    tests: {
      'group-failures': [
        "'s thread ends loses its partitions to the others at once",
        'ends without a commit leaves to the next what it had not committed',
        'is a static one that does not come back in time loses its place',
      ],
    },
  },
  {
    row: "a module of one's own as `assignor`",
    why: 'Assignors are those of Kafka.',
    tests: {
      'group-listeners': ['is not joined with an assignor that cannot be loaded'],
      'group-listener-errors': ['tells of what is gained in the same rebalance'],
    },
  },
]
