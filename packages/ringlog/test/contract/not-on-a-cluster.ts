/**
 * Where a cluster differs from a broker of this process, and the tests that are about that: they are not run on it.
 * docs/cluster.md says the same.
 */
export const NOT_ON_A_CLUSTER: readonly Difference[] = [
  {
    why: 'There are no rings: consumers hold no producer back, and nothing is full.',
    tests: {
      'closing-full-rings': 'all',
      'full-ring': 'all',
      'group-gating': 'all',
      lanes: 'all',
      'lane-fallback': 'all',
      'records-missed': 'all',
      'topics-gating': 'all',
      'topics-observing': 'all',
      'closing-within': 'all',
      closing: [
        'fails after timeoutMs what is not acknowledged, and says what may be in the log',
        'when aborted ends as quickly, with the reason',
        'tells of records that nobody awaits, also where all of them were on their way',
        'with its client, closes that too, whatever was lost',
      ],
      'committing-back': [
        'and what the ring has passed by then is taken up at its start, also with "latest"',
      ],
      'consuming-polls': ['a consumer that holds a full ring back'],
      'producing-deadlines': [
        'all that a full ring does not take fails at its time: maxBlockMs',
        'all that a full ring does not take fails at its time: deliveryTimeoutMs',
        'all that a full ring does not take fails at its time: maxBlockMs, with little memory',
        'all that a full ring does not take fails at its time: maxBlockMs, in small batches',
        'all that a full ring does not take fails at its time: maxBlockMs, without numbers',
        'each has its own time, also behind others that wait',
      ],
      'producing-delivery': [
        'flush tells the first error of a record given to write, once',
        'close tells it too, once, and the producer is closed all the same',
        'onDeliveryError is told of every batch that fails: where, and how many records',
        'what is lost when the broker closes is told, by flush or as a warning',
        'whoever closes the client hears of what was lost',
        'acks 0: what goes wrong is counted, and nothing else',
        'the worker waits for room up to maxBlockMs, and says who holds it',
        'a callback that throws harms nothing',
      ],
      'producing-room': [
        'tryWrite takes nothing for a partition that is full, and goes on with another',
        'that holds also where memory is short',
        'drained waits for the partition that is named, until it has room',
        'a wait for room ends in time, or when it is aborted; nothing else changes',
        'waits that end leave nothing behind, however many',
        'a wait for room ends with the producer',
        'a ring that refuses has no part in it when the memory is used up',
        'a full ring of another topic is the cause, not the place, when the memory is used up',
      ],
      'producing-stream': [
        'the first record that is not delivered destroys it, and fails the pipeline',
      ],
      'producing-writer': ['tells of records that find no room in time, by the next flush'],
    },
  },
  {
    why: 'A partition has no worker of this process, and the log no controller: none of them ends, restarts or is made to fail.',
    tests: {
      'consuming-polls': ['a poll that waits keeps its process alive, and no longer'],
      'controller-ends': 'all',
      'faults-given': 'all',
      'faults-of-appends': 'all',
      'faults-of-clients': 'all',
      'metrics-of-clients': 'all',
      'owner-ends': 'all',
      'pool-partition-ends': 'all',
      restarting: 'all',
      'restarting-groups': 'all',
      'restarting-offline': 'all',
      'restarting-producers': 'all',
      'stopped-ringers': 'all',
      'wait-strategies': 'all',
    },
  },
  {
    why: 'A thread cannot block: records come, and commits are answered, as its event loop turns. `pollSync` and `commitSync` are refused.',
    tests: {
      consuming: ['pollSync hands out the same, and blocks no longer than it may'],
      committing: ['commitSync does the same, and refuses the same'],
      groups: ['has members that only block: pollSync gives up and takes partitions between turns'],
    },
  },
  {
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
    why: 'Commits are looked at by the coordinator alone: an offset past the end is taken, and a group that has committed nothing starts by `autoOffsetReset` each time.',
    tests: {
      committing: ['an offset past the end is refused, and nothing is committed'],
      'committing-automatically': [
        'a group that has committed nothing starts for its next consumer where it began',
      ],
    },
  },
  {
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
    why: 'A member hears of a rebalance with a heartbeat: one that begins while its listener runs may be a rebalance of its own. Nothing is told on `ringlog:rebalance`: the coordinator is elsewhere.',
    tests: {
      'group-admin': ['tells of each rebalance on the channel ringlog:rebalance'],
      groups: ['iterates: a partition is let go between two records'],
      'group-listener-errors': [
        'is carried out whole, and the error is told once (RangeError)',
        'is carried out whole, and the error is told once (UNKNOWN_MEMBER_ID)',
        'is carried out whole, and the error is told once (REBALANCE_IN_PROGRESS)',
        'is carried out whole, and the error is told once (WAKEUP)',
      ],
    },
  },
  {
    why: 'A group stays, with what it has committed on other topics, when a topic is deleted; an empty one until the cluster forgets it.',
    tests: {
      'committing-automatically': ['deleting a topic forgets what was committed there'],
      'group-expiry': 'all',
    },
  },
  {
    why: 'Brokers take what comes until they have heard that a topic is deleted.',
    tests: {
      'producing-topics': [
        'fails what is queued for a topic that is deleted, and gives its memory back',
      ],
    },
  },
  {
    why: 'The client is not the log: closing it closes its consumers, as `CONSUMER_CLOSED` says.',
    tests: {
      'consuming-polls': [
        'closing the broker is BROKER_CLOSED to a poll, in whatever client',
        'an iteration throws when the broker closes',
      ],
      groups: [
        'is not there for a member that has no partitions: it waits, and is closed with the broker',
      ],
    },
  },
  {
    why: 'A `groupInstanceId` that is in use is not taken over: `subscribe` waits until the other has left, or its session has ended.',
    tests: { 'committing-back': ['is refused, also once its poll has said so'] },
  },
  {
    why: 'Assignors are those of Kafka: no modules of one’s own.',
    tests: {
      'group-listeners': ['is not joined with an assignor that cannot be loaded'],
      'group-listener-errors': ['tells of what is gained in the same rebalance'],
    },
  },
]

/** A difference, and the tests of each file of this folder that are about it, by title or by that of their suite. */
export interface Difference {
  readonly why: string
  readonly tests: Readonly<Record<string, 'all' | readonly string[]>>
}

/** Whether a test is about a difference. */
export function isAboutDifference(file: string, suite: string, title: string): boolean {
  return NOT_ON_A_CLUSTER.some(({ tests }) => {
    const different = tests[file]
    if (different === undefined || different === 'all') return different === 'all'
    return different.some((one) => one === title || suite.startsWith(`${one}, by `))
  })
}
