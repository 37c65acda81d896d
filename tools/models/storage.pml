/*
 * A log on disk: the worker appends, the storage thread follows and may die at any step, a sync thread syncs, a
 * consumer reads from the ring or, where that has lapped it, from the files; the oldest file is deleted.
 *
 * Mirrors   packages/storage/src/storage-thread/partition-follower.ts: `step`, `#write`, `#advance`, `#syncIfDue`;
 *           packages/core/src/ring/partition-storage.ts; packages/partition-worker/src/disk/log-on-disk.ts:
 *           `mayGrowTo`; packages/storage/src/reader/tiered-log-reader.ts.
 * Left out  Sizes: a batch is one record, a byte position its offset, a file one batch. Who is rung (doorbell.pml).
 *           The lanes' answers (lane.pml): a producer waits for the word itself. flushMessages is 1, so that
 *           what is acknowledged is also synced.
 * Memory    All words are atomic. A slot of the ring is plain, and stands between an exchange of the log's start,
 *           before, and the store of its end, after, as in ring.pml.
 * Bounds    A ring of four batches, five batches; one death of the storage thread.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte acknowledged_is_visible;
hidden byte acknowledged_is_synced;
hidden byte acknowledged_is_kept;
hidden byte follower_reads_what_was_published;
hidden byte reader_finds_what_is_visible;
hidden byte deleted_is_said;

#define BATCHES 5
#define RING 4

/* The ring: what lies in its slots, its end, and its start. */
byte slots[RING];
byte end;
byte start;

/* HIGH_WATERMARK_POSITION and _OFFSET, WRITTEN_OFFSET, FLUSHED_OFFSET, DISK_LOG_START. */
byte highPosition;
byte highOffset;
byte written;
byte flushed;
byte logStart;

/* The disk: how many batches the files have, how many would survive the loss of power, where the first file begins. */
byte inFiles;
byte durable;
byte firstFile;

/* What the storage thread asks of the sync thread, and its answer. */
chan syncs = [1] of { bit };
chan synced = [1] of { bit };

bit isFollowerDead;
bit isConsumerDone;

proctype Worker() {
  do
  :: end < BATCHES ->
#ifndef MORE_THAN_A_RING_AHEAD
    end + 1 - highPosition <= RING / 2;
#endif
    if
    :: end + 1 > RING + start -> start = end + 1 - RING
    :: else
    fi;
    slots[end % RING] = end;
    end++
  :: else -> break
  od
}

/* With acks "all": it is answered batch by batch. */
proctype AnsweredProducer() {
  byte answered;
  do
  :: answered < BATCHES ->
    highOffset > answered;
    answered++;
    CHECK(acknowledged_is_visible, highPosition >= answered);
    CHECK(acknowledged_is_synced, durable >= answered)
  :: else -> break
  od
}

inline storeHighWatermark() {
#ifdef OFFSET_BEFORE_POSITION
  highOffset = target;
  highPosition = target
#else
  highPosition = target;
  highOffset = target
#endif
}

/* `mayDie`: the first one, beside any of its steps. */
proctype Follower(bit mayDie) {
  byte batch;
  byte target;
  byte atSync;
  bit isSyncing;
  /* A successor cuts the files to what WRITTEN says. */
  inFiles = written;
  CHECK(acknowledged_is_kept, inFiles >= highOffset);
  flushed = written;
  durable = written;
  do
  :: mayDie -> break
  :: !isSyncing && inFiles < end ->
    batch = slots[inFiles % RING];
    CHECK(follower_reads_what_was_published, batch == inFiles && start <= inFiles);
    inFiles++;
    if
    :: mayDie -> break
    :: true
    fi;
#ifndef HIGH_WATERMARK_BEFORE_WRITTEN
    written = inFiles
#endif
  :: !isSyncing && flushed < inFiles ->
    atSync = inFiles;
    syncs ! 0;
    isSyncing = 1;
  :: isSyncing && inFiles < end ->
    /* It writes on while the sync runs. */
    inFiles++;
#ifndef HIGH_WATERMARK_BEFORE_WRITTEN
    written = inFiles
#endif
  :: isSyncing && nempty(synced) ->
    synced ? _;
    isSyncing = 0;
#ifdef FLUSHED_OF_LATER_WRITES
    flushed = inFiles
#else
    flushed = atSync
#endif
  :: highOffset < flushed ->
    target = flushed;
    storeHighWatermark();
    if
    :: mayDie -> break
    :: true
    fi;
#ifdef HIGH_WATERMARK_BEFORE_WRITTEN
    written = inFiles
#endif
  :: isConsumerDone && highOffset == BATCHES && !isSyncing -> break
  :: logStart == 0 && highOffset > 1 ->
#ifdef UNLINK_BEFORE_LOG_START
    firstFile = 1;
    logStart = 1
#else
    logStart = 1;
    firstFile = 1
#endif
  od;
  if
  :: isSyncing -> synced ? _
  :: else
  fi;
  isFollowerDead = mayDie
}

proctype SyncThread() {
end_idle:
  do
  :: syncs ? _ ->
    /* It takes a while; what it is worth is what was written when it began. */
    byte atBegin;
    atBegin = inFiles;
    durable = (atBegin > durable -> atBegin : durable);
    synced ! 0
  od
}

proctype Consumer() {
  byte next;
  byte batch;
  do
  :: next < BATCHES ->
    highPosition > next;
    batch = slots[next % RING];
    if
#ifdef LAPPED_UNNOTICED
    :: true -> CHECK(reader_finds_what_is_visible, batch == next)
#endif
    :: start <= next -> CHECK(reader_finds_what_is_visible, batch == next)
    :: else ->
      /* Lapped: the files have it, or have been deleted. */
      if
      :: firstFile > next -> CHECK(deleted_is_said, logStart > next)
      :: else -> CHECK(reader_finds_what_is_visible, inFiles > next)
      fi
    fi;
    next++
  :: else -> break
  od;
  isConsumerDone = 1
}

init {
  atomic {
    run Worker();
    run AnsweredProducer();
    run Consumer();
    run SyncThread();
    run Follower(1)
  }
  isFollowerDead;
  run Follower(0)
}
