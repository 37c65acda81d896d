/**
 * Where a cluster differs from a broker of this process, and the tests, by their titles, that are about that: they are
 * not run on it. docs/cluster.md says the same.
 */
export const NOT_ON_A_CLUSTER: ReadonlyArray<{
  readonly why: string
  readonly tests: readonly string[]
}> = [
  {
    why: 'A thread cannot block: records come, and commits are answered, as its event loop turns. `pollSync` and `commitSync` are refused.',
    tests: [
      'pollSync hands out the same, and blocks no longer than it may',
      'a commit may name offsets, ahead or back, and any partition that is assigned',
      'metadata is kept beside its commit, until the next',
      'has members that only block: pollSync gives up and takes partitions between turns',
    ],
  },
  {
    why: 'A poll hands out what has been fetched by then: perhaps not of all partitions, and in the order in which it came.',
    tests: [
      'records know their partition; a poll tells which there are',
      'a full partition does not keep another from its turn',
      'with "none" a position outside the log rejects, until one within it is sought',
      'that throws in the first partition, as the consumer closes',
      'that throws at the first record, as the consumer closes',
      'that throws in the second partition, as the consumer closes',
      'that throws at the last record, as the consumer closes',
    ],
  },
  {
    why: 'Where a consumer stands between two commits only the consumer knows: `offsets()` and `describeGroup` tell what is committed.',
    tests: [
      'commit marks everything handed out so far; without one nothing is marked',
      'what was committed by hand is not committed back by itself',
      'a seek is committed with the next poll, but never past the end',
      "the article's three offsets move as it says, beside Kafka's, at every step",
    ],
  },
  {
    why: 'Commits are looked at by the coordinator alone: an offset past the end is taken, and a group that has committed nothing starts by `autoOffsetReset` each time.',
    tests: [
      'an offset that is none, or past the end, is refused, and nothing is committed',
      'a group that has committed nothing starts for its next consumer where it began',
    ],
  },
  {
    why: 'Consumers that assign partitions to themselves do not know of each other.',
    tests: ['another consumer that assigns the partition takes it over'],
  },
  {
    why: 'A group stays, with what it has committed on other topics, when a topic is deleted; an empty one until the cluster forgets it.',
    tests: ['deleting a topic forgets what was committed there'],
  },
  {
    why: 'Nothing is held back by consumers, and no ring is full.',
    tests: ['and what the ring has passed by then is taken up at its start, also with "latest"'],
  },
  {
    why: 'The client is not the log: closing it closes its consumers, as `CONSUMER_CLOSED` says.',
    tests: [
      'closing the consumer or its client is CONSUMER_CLOSED to a poll, the broker BROKER_CLOSED',
      'an iteration ends with its consumer, and throws when the broker closes',
      'is not there for a member that has no partitions: it waits, and is closed with the broker',
    ],
  },
  {
    why: 'A `groupInstanceId` that is in use is not taken over: `subscribe` waits until the other has left, or its session has ended.',
    tests: ['is refused, also once its poll has said so'],
  },
  {
    why: 'Assignors are those of Kafka: no modules of one’s own.',
    tests: [
      'is not joined with bad input, and can be joined after it',
      'tells of what is gained in the same rebalance',
    ],
  },
]
