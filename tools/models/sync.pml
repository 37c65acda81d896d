/*
 * The slot of a sync thread: the storage thread asks for syncs, of more files than fit in a request. One may fail, and
 * the sync thread may end, at any step; then another one is started for the next sync.
 *
 * Mirrors   packages/storage/src/sync-thread/sync-slot.ts: `request`, `answer`; sync-thread.ts;
 *           packages/storage/src/storage-thread/sync-thread-host.ts: `sync`, `look`, `#startThread`.
 * Left out  Who is rung (doorbell.pml). The queue before the threads: it asks one thread after the other here. A
 *           request has one file. What a fault says.
 * Memory    REQUESTED and ANSWERED are atomic. What else a slot has is plain: a write stands before an atomic store,
 *           and cannot become visible after it; a read stands after an atomic load, and does not move before it.
 * Bounds    Two syncs, of FILES files each; one end of a sync thread.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte sync_is_of_what_was_asked_for;
hidden byte files_are_synced_in_order;
hidden byte synced_is_on_disk;
hidden byte failed_sync_is_not_repeated;

#define FILES 2
/* Those of both syncs are numbered from 1, in the order in which they are asked for; 0: none. */
#define NUMBERS (2 * FILES + 1)

/* The slot of each of two threads: REQUESTED, DESCRIPTOR, ANSWERED, FAULT. */
byte requested[2];
byte descriptor[2];
byte answered[2];
bit fault[2];

/* A thread ends; the storage thread may learn of it. */
bit isEnded[2];
bit isGone[2];

/* The file that was asked for last. */
byte wanted;
bit isOnDisk[NUMBERS];
/* Its sync has failed, or was given up: what it has on disk cannot be found out any more. */
bit isUnknown[NUMBERS];
bit isOver;

proctype SyncThread(byte thread; byte slot) {
  byte file;
  bit hasFailed;
  {
endOfRequests:
    do
    :: requested[slot] != answered[slot] ->
      file = descriptor[slot];
      CHECK(sync_is_of_what_was_asked_for, file == wanted);
      CHECK(failed_sync_is_not_repeated, !isUnknown[file]);
      CHECK(files_are_synced_in_order, file % FILES == 1 || isOnDisk[file - 1]);
      if
      :: isOnDisk[file] = 1
      :: d_step {
          isUnknown[file] = 1;
          hasFailed = 1
        }
      fi;
#ifdef ANSWERED_BEFORE_FAULT
      answered[slot] = requested[slot];
#endif
      fault[slot] = hasFailed;
#ifndef ANSWERED_BEFORE_FAULT
      answered[slot] = requested[slot];
#endif
      file = 0;
      hasFailed = 0
    od
  } unless {
    isEnded[thread];
    isGone[thread] = 1
  }
}

/* Whatever ends the first thread. */
proctype End() {
  isEnded[0] = 1
}

proctype StorageThread() {
  byte sync;
  byte file;
  byte thread;
  byte slot;
  bit hasFailed;
  do
  :: sync < 2 ->
    if
    :: isGone[thread] ->
      thread++;
#ifndef SLOT_USED_AGAIN
      slot++;
#endif
      run SyncThread(thread, slot)
    /* It is there, or has not been heard to have ended. */
    :: skip
    fi;
    file = 0;
    hasFailed = 0;
    do
#ifdef REST_AFTER_FAULT
    :: file < FILES ->
#else
    :: file < FILES && !hasFailed ->
#endif
      file++;
      wanted = sync * FILES + file;
#ifdef REQUESTED_BEFORE_DESCRIPTOR
      requested[slot]++;
#endif
      descriptor[slot] = wanted;
#ifndef REQUESTED_BEFORE_DESCRIPTOR
      requested[slot]++;
#endif
      if
      :: requested[slot] == answered[slot] -> hasFailed = fault[slot]
#ifndef END_IS_NOT_TOLD
      :: isGone[thread] ->
        isUnknown[wanted] = 1;
        hasFailed = 1
#endif
      fi;
      CHECK(synced_is_on_disk, hasFailed || isOnDisk[wanted])
    :: else -> break
    od;
    sync++
  :: else -> break
  od;
  isOver = 1
}

init {
  atomic {
    run SyncThread(0, 0);
    run StorageThread();
    if
    :: run End()
    :: skip
    fi
  }
}

ltl every_sync_ends { <> isOver }
