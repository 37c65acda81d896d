/**
 * The one table of error codes: name, Kafka's number (`null` for codes that are ours alone), whether
 * trying again can help, and the text used where no better one is given. The comment of each says its
 * cause, then its remedy: `docs/errors.md` is made of them, by `npm run docs:errors`. Hence its length.
 *
 * Names and numbers of the first part are Kafka's and never change.
 * Source: Apache Kafka, `common/protocol/Errors.java`.
 */
export const ERROR_CODES = {
  /**
   * Something failed that Ringlog did not foresee: its `cause` is what was thrown. A pool wraps
   * what is no `RinglogError` in it.
   *
   * Remedy: read `cause`. Where that is no error of your own code, it is a bug of Ringlog: report
   * it with the stack.
   */
  UNKNOWN_SERVER_ERROR: [-1, false, 'an unexpected error'],
  /**
   * A position is before the log's start or past its end, and `autoOffsetReset` is `"none"`: what
   * the position named was evicted, expired or deleted, or a `seek` went too far. Also
   * `deleteRecords` past the end of the log.
   *
   * Remedy: `seek` to an offset from `beginningOffsets` or `endOffsets`, or let `autoOffsetReset`
   * choose. Where records go before they are read, see what a full ring evicts (`whenFull`,
   * `gatingGroups`, `retentionMs`).
   */
  OFFSET_OUT_OF_RANGE: [1, false, 'the offset is not within the log'],
  /**
   * Bytes that came from another thread make no sense: a batch, its compressed records, a lane or a
   * ring. Something of the process has written over the memory, or a batch was made by other code
   * than Ringlog's.
   *
   * Remedy: the producer sends again by itself as long as `deliveryTimeoutMs` lasts. Where it comes
   * to you, look for native addons that write out of bounds; a consumer passes over a batch that it
   * cannot read by `seek` to the message's `lastOffset` + 1.
   */
  CORRUPT_MESSAGE: [2, true, 'the record batch is malformed'],
  /**
   * There is no topic of that name, or it has fewer partitions, or it was deleted while the call
   * was under way. A producer says so after `maxBlockMs`; the process is warned after a second.
   *
   * Remedy: `createTopic` first, topics do not come about by themselves; look for a slip in the
   * name: the warning names the one that may be meant. After a topic is deleted and made again,
   * `assign` or `subscribe` anew.
   */
  UNKNOWN_TOPIC_OR_PARTITION: [3, true, 'there is no such topic or partition'],
  /**
   * A call took longer than its `timeoutMs`, or records were not delivered within
   * `deliveryTimeoutMs`, mostly because a thread was busy for so long.
   *
   * Remedy: look at `details.isMaybeAppended`: where it is true, the records may be in the log all
   * the same, and sending them again may double them. Raise the limit that the message names, or
   * find what blocks the thread.
   */
  REQUEST_TIMED_OUT: [7, true, 'the request did not finish in time'],
  /**
   * A record does not fit into a batch of the topic's `maxMessageBytes` (at most a quarter of
   * `ringBytes`), or into `bufferMemoryBytes`; or a compressed batch would be larger than the limit
   * when it is decompressed.
   *
   * Remedy: send less, or create the topic with a larger `maxMessageBytes` and `ringBytes`.
   */
  MESSAGE_TOO_LARGE: [10, false, 'the record is larger than the topic accepts'],
  /**
   * A topic's name is empty, `.` or `..`, longer than 249 characters, or has a character other than
   * ASCII letters, digits, `.`, `_` and `-`.
   *
   * Remedy: choose another name.
   */
  INVALID_TOPIC_EXCEPTION: [17, false, 'the topic name is not valid'],
  /**
   * Ringlog never raises it: its groups have no generations but member epochs, as in KIP-848. The
   * code is there because Kafka's clients know it.
   *
   * Remedy: none is needed. Code that catches it in Kafka catches `STALE_MEMBER_EPOCH` and
   * `FENCED_MEMBER_EPOCH` here.
   */
  ILLEGAL_GENERATION: [22, false, 'the generation is not the current one'],
  /**
   * A group id is no string, or an empty one; or a call that belongs to a group (`subscribe`,
   * `commit`, `committed`) is made on a consumer without a `groupId`.
   *
   * Remedy: give the consumer a `groupId`, or `assign` partitions and commit nothing.
   */
  INVALID_GROUP_ID: [24, false, 'the group id is not valid'],
  /**
   * A consumer wants to `assign` partitions to itself by a group whose members subscribe: the group
   * shares them out itself.
   *
   * Remedy: `subscribe`, or `assign` with another `groupId` or with none.
   */
  UNKNOWN_MEMBER_ID: [25, false, 'the group does not know this member'],
  /**
   * Ringlog never raises it: a rebalance stops no member, and calls wait for their own step of it.
   * The code is there because Kafka's clients know it.
   *
   * Remedy: none is needed.
   */
  REBALANCE_IN_PROGRESS: [27, false, 'the group is rebalancing'],
  /**
   * A batch says that its time is the log's append time before any log has appended it. No producer
   * of Ringlog makes such a batch.
   *
   * Remedy: leave `timestampType` to the topic.
   */
  INVALID_TIMESTAMP: [32, false, 'the timestamp of the record is not one that the topic takes'],
  /**
   * `createTopic` was given the name of a topic that is there.
   *
   * Remedy: go on with the one that is there, where its `describeTopic` is what you want; several
   * threads may all create a topic and ignore this error.
   */
  TOPIC_ALREADY_EXISTS: [36, false, 'a topic of that name exists'],
  /**
   * The number of partitions is no positive integer, is less than the topic has, or is more than
   * the broker's `maxPartitions` leaves over all its topics.
   *
   * Remedy: ask for as many as the message allows, or start the broker with a larger
   * `maxPartitions`: each partition is a thread.
   */
  INVALID_PARTITIONS: [37, false, 'the number of partitions is not valid'],
  /**
   * An option has a value that is not allowed, contradicts another, or does not exist; or a module
   * that an option names cannot be loaded. The message and `details.faults` list every fault at
   * once.
   *
   * Remedy: mend what is listed; where an option is nearly the name of another, the message says
   * which.
   */
  INVALID_CONFIG: [40, false, 'the configuration is not valid'],
  /**
   * An argument is not what the call takes: a record's field, an offset, a partition, a listener,
   * an option of the call. Nothing was done.
   *
   * Remedy: the message names what was given and what is allowed.
   */
  INVALID_REQUEST: [42, false, 'the request is not valid'],
  /**
   * An idempotent producer cannot send a batch in its place any more: a later one has overtaken it,
   * because the log had forgotten the producer, or no answer came to one before it that was given
   * up.
   *
   * Remedy: look at `details.isMaybeAppended`; where it is false, send the records again, behind
   * those that came after them. Where it is true, find out from the log, or let consumers ignore
   * what they have seen.
   */
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, false, 'the producer sequence has a gap'],
  /**
   * A batch carries an older epoch than its producer's last one: it was held up for long, and its
   * producer has begun anew.
   *
   * Remedy: none is needed: the producer has told the fate of its records already.
   */
  INVALID_PRODUCER_EPOCH: [47, false, 'the producer epoch is an old one'],
  /**
   * `deleteGroup` or `resetGroupOffsets` of a group that has live members or a consumer with
   * assigned partitions.
   *
   * Remedy: close the consumers of the group, then call again.
   */
  NON_EMPTY_GROUP: [68, false, 'the group is in use'],
  /**
   * There is no group of that id: none has subscribed or committed by it, or it was deleted, by
   * `groupExpiryMs` as well.
   *
   * Remedy: look at `listGroups`.
   */
  GROUP_ID_NOT_FOUND: [69, false, 'there is no such group'],
  /**
   * The package for `"snappy"` or `"lz4"` cannot be loaded on this platform, or a batch names a
   * compression that there is not.
   *
   * Remedy: use `"gzip"` or `"zstd"`, which Node.js brings along, or install with optional
   * dependencies: the prebuilt files of both are among them.
   */
  UNSUPPORTED_COMPRESSION_TYPE: [76, false, 'the compression type is not supported'],
  /**
   * The disk of a topic with `storage: "disk"` has failed: a write or a sync ended with an error that
   * trying again does not mend, or the files are damaged. Also where a data directory cannot be used.
   *
   * Remedy: the message names the file and the system's error. Where `details.isMaybeAppended` is
   * true, the records may be in the log. Mend the disk, then start the broker anew: it goes on from
   * what is on disk.
   */
  KAFKA_STORAGE_ERROR: [56, true, 'the disk of the partition has failed'],
  /**
   * Ringlog never raises it: a group has as many members as there are consumers. The code is there
   * because Kafka's clients know it.
   *
   * Remedy: none is needed.
   */
  GROUP_MAX_SIZE_REACHED: [81, false, 'the group has all the members it can have'],
  /**
   * A record without a key was sent to a topic with `cleanupPolicy: "compact"`, which keeps the latest
   * record of each key: its whole batch is refused. Or a batch holds control records (markers of
   * transactions), which only a broker writes; no producer of Ringlog makes such a batch.
   *
   * Remedy: give each record of a compacted topic a key; do not copy control batches out of another log.
   */
  INVALID_RECORD: [87, false, 'the record is not one that a client may write'],
  /**
   * Another consumer has joined the group with the same `groupInstanceId`: this one is no member
   * any more, and its commits are refused.
   *
   * Remedy: give each consumer that runs at a time a `groupInstanceId` of its own; `subscribe`
   * again takes the place back.
   */
  FENCED_MEMBER_EPOCH: [110, false, 'the member epoch is fenced'],
  /**
   * The group has given the partition to another consumer: this member had not polled for
   * `maxPollIntervalMs`, its event loop had not turned to give partitions up, its pattern took too
   * long, or another consumer has assigned the partition to itself. What it commits there is
   * refused.
   *
   * Remedy: poll on: the next poll joins again, and the records are handed out anew by who has them
   * now. Do less between two polls (`maxPollRecords`), do not block the event loop, or raise
   * `maxPollIntervalMs`.
   */
  STALE_MEMBER_EPOCH: [113, false, 'the member epoch is an old one'],

  // What only a cluster has: see docs/cluster.md.

  /**
   * A partition of a cluster has no leader: its brokers are down, or one is being chosen.
   *
   * Remedy: producers and consumers wait by themselves; where it stays so, look which brokers are down.
   */
  LEADER_NOT_AVAILABLE: [5, true, 'the partition has no leader'],
  /**
   * A broker of a cluster no longer leads the partition that it was asked for.
   *
   * Remedy: none is needed: the leader is looked up again, and asked.
   */
  NOT_LEADER_OR_FOLLOWER: [6, true, 'the broker does not lead the partition'],
  /**
   * A broker of a cluster cannot be connected to, or the connection broke before its answer came. The
   * message names the broker; `cause` is the system's error.
   *
   * Remedy: look whether the broker runs, and whether `bootstrapServers`, and the addresses that the
   * brokers advertise, can be reached from here; TLS and ports are common slips. Of records,
   * `details.isMaybeAppended` says whether the log may have them.
   */
  NETWORK_EXCEPTION: [13, true, 'the connection to the broker is lost'],
  /**
   * The broker that looks after a group in a cluster has only just taken over.
   *
   * Remedy: none is needed: it is asked again.
   */
  COORDINATOR_LOAD_IN_PROGRESS: [14, true, 'the coordinator is loading its groups'],
  /**
   * No broker of a cluster looks after the group for now.
   *
   * Remedy: it is asked again; where it stays so, look at the state of `__consumer_offsets`.
   */
  COORDINATOR_NOT_AVAILABLE: [15, true, 'no coordinator is available'],
  /**
   * Another broker of a cluster looks after the group by now.
   *
   * Remedy: none is needed: it is looked up again.
   */
  NOT_COORDINATOR: [16, true, 'the broker does not coordinate the group'],
  /**
   * With `acks` `"all"`, fewer replicas of the partition are in sync than its `min.insync.replicas`. The
   * records are not in the log.
   *
   * Remedy: bring the brokers back that are down; the producer tries again as long as
   * `deliveryTimeoutMs` lasts.
   */
  NOT_ENOUGH_REPLICAS: [19, true, 'too few replicas are in sync'],
  /**
   * The leader has the records, and then fewer replicas were in sync than `min.insync.replicas`.
   *
   * Remedy: as NOT_ENOUGH_REPLICAS; an idempotent producer sends them again without a copy.
   */
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [20, true, 'too few replicas have the records'],
  /**
   * A consumer wants to join a group of a cluster whose members use another assignor, or another
   * protocol.
   *
   * Remedy: give all members of a group the same `assignor`; change it by a rolling restart.
   */
  INCONSISTENT_GROUP_PROTOCOL: [23, false, 'the members of the group have no assignor in common'],
  /**
   * A consumer wants to join a group of a cluster by the classic protocol with a `sessionTimeoutMs` that the
   * coordinator does not allow.
   *
   * Remedy: choose one from `group.min.session.timeout.ms` to `group.max.session.timeout.ms` of the brokers, by
   * default 6 s to 30 min; or an assignor of the newer protocol, where the brokers' setting counts.
   */
  INVALID_SESSION_TIMEOUT: [26, false, 'the session timeout is not one that the brokers allow'],
  /**
   * The cluster does not let this user read, write or manage the topic.
   *
   * Remedy: have the cluster's administrator allow it; look at `sasl`.
   */
  TOPIC_AUTHORIZATION_FAILED: [29, false, 'the topic may not be used'],
  /**
   * The cluster does not let this user use the group.
   *
   * Remedy: have the cluster's administrator allow it; look at `sasl`.
   */
  GROUP_AUTHORIZATION_FAILED: [30, false, 'the group may not be used'],
  /**
   * The cluster does not let this user do what was asked: manage it, or write idempotently.
   *
   * Remedy: have the cluster's administrator allow it; look at `sasl`.
   */
  CLUSTER_AUTHORIZATION_FAILED: [31, false, 'the call is not allowed on this cluster'],
  /**
   * The broker does not have the mechanism that `sasl` names.
   *
   * Remedy: the message lists what there is.
   */
  UNSUPPORTED_SASL_MECHANISM: [33, false, 'the SASL mechanism is not supported'],
  /**
   * The brokers of a cluster are too old for what was asked, or too new for this version of Ringlog. The
   * message names the broker, the request and the versions of both.
   *
   * Remedy: update what is older; see docs/cluster.md for the versions that are needed.
   */
  UNSUPPORTED_VERSION: [
    35,
    false,
    'the broker does not speak a version of the request that is needed',
  ],
  /**
   * A topic was to have more replicas than the cluster has brokers, or none.
   *
   * Remedy: ask for fewer, or leave `replicationFactor` to the cluster.
   */
  INVALID_REPLICATION_FACTOR: [38, false, 'the replication factor is not valid'],
  /**
   * Another broker of a cluster is the controller by now.
   *
   * Remedy: none is needed: it is looked up again.
   */
  NOT_CONTROLLER: [41, true, 'the broker is not the controller'],
  /**
   * A policy of the cluster refuses the topic or its configuration.
   *
   * Remedy: the message is the policy's own.
   */
  POLICY_VIOLATION: [44, false, 'a policy of the cluster forbids it'],
  /**
   * The user or the password of `sasl` is wrong, or the mechanism is not the one that the user has.
   *
   * Remedy: look at `sasl`; nothing is tried again.
   */
  SASL_AUTHENTICATION_FAILED: [58, false, 'the broker does not accept the credentials'],
  /**
   * The log of a partition has forgotten a producer whose records were all deleted.
   *
   * Remedy: none is needed: the producer begins a new epoch.
   */
  UNKNOWN_PRODUCER_ID: [59, false, 'the log does not know the producer'],
  /**
   * A consumer has asked a broker that leads the partition in a later epoch.
   *
   * Remedy: none is needed: the leader is looked up again.
   */
  FENCED_LEADER_EPOCH: [74, true, 'the leader epoch is an old one'],
  /**
   * A consumer has asked a broker that has not yet heard of the latest election.
   *
   * Remedy: none is needed: it is asked again.
   */
  UNKNOWN_LEADER_EPOCH: [75, true, 'the broker does not know the leader epoch yet'],
  /**
   * A broker leads a partition only since a moment and cannot say yet where its log ends.
   *
   * Remedy: none is needed: it is asked again.
   */
  OFFSET_NOT_AVAILABLE: [78, true, 'the leader does not know the offset yet'],
  /**
   * A step of joining a group of a cluster: the member joins again by the id that it was given.
   *
   * Remedy: none is needed.
   */
  MEMBER_ID_REQUIRED: [79, false, 'the group gives the member its id first'],
  /**
   * Another consumer has joined a group of a cluster with the same `groupInstanceId`.
   *
   * Remedy: give each consumer that runs at a time a `groupInstanceId` of its own.
   */
  FENCED_INSTANCE_ID: [82, false, 'another member has the instance id'],
  /**
   * A transaction that is under way has written offsets of the group.
   *
   * Remedy: none is needed: it is asked again.
   */
  UNSTABLE_OFFSET_COMMIT: [88, true, 'a transaction has offsets of the group that are not decided'],
  /**
   * The cluster's quota of changes to topics is used up for now.
   *
   * Remedy: call again after a while.
   */
  THROTTLING_QUOTA_EXCEEDED: [89, true, 'the quota of the cluster is used up'],
  /**
   * A topic was deleted and made again, or the broker has not heard of it yet.
   *
   * Remedy: none is needed: its metadata are looked up again.
   */
  UNKNOWN_TOPIC_ID: [100, true, 'no topic has the id'],
  /**
   * A consumer wants to join a group of a cluster with a `groupInstanceId` whose member has not left.
   *
   * Remedy: wait until its session times out, or close it first.
   */
  UNRELEASED_INSTANCE_ID: [111, false, 'a member that is still there has the instance id'],
  /**
   * The brokers of a cluster do not have the assignor that was named; they share out partitions
   * themselves.
   *
   * Remedy: the message lists those that there are; modules of JavaScript cannot be assignors there.
   */
  UNSUPPORTED_ASSIGNOR: [112, false, 'the group does not have the assignor'],

  /**
   * There is no room: a ring is full and its slowest holder has released nothing for `maxBlockMs`
   * (with `whenFull: "reject"` at once), or the records that a producer has not delivered fill its
   * `bufferMemoryBytes`. The records are not in the log.
   *
   * Remedy: the message names the slowest holder and what to do: poll and commit, close it, delete
   * a group that nobody reads for, make `ringBytes` larger, or use `whenFull: "evict"`. Where
   * `write` returns false, await `drained()` before the next.
   */
  BUFFER_FULL: [null, true, 'there is no room for the record'],
  /**
   * A call on a producer that was closed, or its records were under way when `close` gave them up
   * (`timeoutMs`).
   *
   * Remedy: close the producer last; records whose `details.isMaybeAppended` is true may be in the
   * log.
   */
  PRODUCER_CLOSED: [null, false, 'the producer is closed'],
  /**
   * A call on a consumer, or a pool, that was closed, or closed while the call waited.
   *
   * Remedy: mostly none: it is how a poll that waits ends when another part of the program closes
   * its consumer.
   */
  CONSUMER_CLOSED: [null, false, 'the consumer is closed'],
  /**
   * The broker was closed, or the client that `connect()` gave was. Where the controller's thread
   * has died, `cause` says how.
   *
   * Remedy: close producers and consumers before the broker; a `cause` of WORKER_CRASHED is worth a
   * look.
   */
  BROKER_CLOSED: [null, false, 'the broker is closed'],
  /**
   * `connect()` found no broker, several, or one that does not answer: this thread was there before
   * the broker, the broker is closed or in another process, or the main thread was blocked while
   * connecting.
   *
   * Remedy: start the broker first; pass `broker.address` to threads that were there before, and
   * wherever there are several brokers; do not block the main thread for seconds.
   */
  BROKER_NOT_AVAILABLE: [null, true, 'no broker can be reached'],
  /**
   * The thread of the partition has died more than `maxRestarts` times within `restartWindowMs`, or
   * could not be started again. What it has can be read, nothing is appended.
   *
   * Remedy: see what the broker's `onError` told, then `restartPartition()`.
   */
  PARTITION_OFFLINE: [null, false, 'the partition has no running worker'],
  /**
   * A thread ended unexpectedly: of a partition, of the controller, or of a pool. `cause` is what
   * it threw, mostly that memory ran out.
   *
   * Remedy: a partition's thread is started again by itself, and producers send again; a pool's is
   * replaced. Where it goes on, `cause` says why.
   */
  WORKER_CRASHED: [null, true, 'a worker thread ended unexpectedly'],
  /**
   * Shared memory has another layout than this version of Ringlog reads: two versions of its
   * packages are in one process.
   *
   * Remedy: `npm ls @ringlog/core` shows them; have one version installed, and build worker bundles
   * from it.
   */
  LAYOUT_MISMATCH: [null, false, 'the shared memory has another layout'],
  /**
   * Nothing is committed for a partition, and `autoOffsetReset` is `"none"`.
   *
   * Remedy: `seek` first, commit first (`resetGroupOffsets`), or use `"earliest"` or `"latest"`.
   */
  NO_OFFSET_FOR_PARTITION: [null, false, 'there is no offset to start from'],
  /**
   * A second `poll`, iteration or stream of the same consumer while one waits: a consumer is used
   * by one at a time.
   *
   * Remedy: await the first, or give each reader a consumer of its own in the same group.
   */
  CONCURRENT_POLL: [null, false, 'another poll of this consumer is under way'],
  /**
   * The call is not possible now: a poll without partitions, `assign` after `subscribe`, a call of
   * a rebalance listener that would wait for itself, records of a cursor that a next poll has
   * overwritten, a call that is not for a pool's handlers.
   *
   * Remedy: the message says what has to come first.
   */
  INVALID_STATE: [null, false, 'the call is not possible in this state'],
  /**
   * A `keySerde` or `valueSerde` threw, or returned what is neither string, bytes nor null; `cause`
   * is what it threw. A consumer throws it where the key or value is read, each time, and goes on
   * after that record.
   *
   * Remedy: mend the serde; to pass over such a record, catch the error and go on with the next
   * record.
   */
  SERIALIZATION_FAILED: [null, false, 'a serde failed on a key or a value'],
  /**
   * A handler of a pool failed at every attempt (`maxAttempts`), or its `start` or `stop` did, and
   * `onExhausted` is `"stop"` or the dead letter topic took no record. `cause` is what it threw.
   *
   * Remedy: mend the handler, or name a `deadLetterTopic`; the record is the first one that is
   * handled after the next start.
   */
  HANDLER_FAILED: [null, false, 'a handler failed'],
  /**
   * Told by the broker's `onError`: the end of a partition's files was cut off when they were opened.
   * A crash of the process leaves part of a batch there that nobody was promised; the loss of power
   * takes what was not synced (`flushMessages`). `details` has the offsets and the bytes.
   *
   * Remedy: none is needed where `fromOffset` and `toOffset` are one; else the records between them
   * are lost. Topics whose records must survive the loss of power have `flushMessages: 1`.
   */
  LOG_TRUNCATED: [null, false, 'the end of the log was cut off'],
  /**
   * `wakeup()` was called: the poll that waits, or the next one, ends with it.
   *
   * Remedy: catch it where the loop is to end.
   */
  WAKEUP: [null, false, 'the poll was woken up'],
} as const satisfies Record<string, readonly [number | null, boolean, string]>

/**
 * The name of an error: Kafka's protocol name where Kafka has one, a name of ours otherwise.
 *
 * @useDeclaredType
 */
export type RinglogErrorCode = keyof typeof ERROR_CODES
