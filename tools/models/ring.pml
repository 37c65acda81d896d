/*
 * The ring: a writer that may die and its successor, which append and evict, and a reader.
 *
 * Mirrors   packages/core/src/ring: `RingLogWriter`: the constructor, `makeRoom` with `#advanceStart`,
 *           `append`; `RingLogIndexWriter.add` and `recover`; `RingLogReader`: `#positionOf`, `#walkTo`, `#peekFrom`,
 *           `#copyBatches`; `RingLogIndexReader.#search`.
 * Left out  Sizes: a batch fills a slot, holds one offset, and has two words, of which the first is its
 *           header; its position, its offset and its number are one. Pad markers, deletions, timestamps.
 *           Of a search in the index, one step, at any entry that it could look at.
 * Memory    Plain accesses take effect in every order that a weakly ordered machine has: those of the
 *           writer also between the load and the store of the exchange that evicts, and those of the
 *           reader also after the load of its read-modify-write, but before its store. Nobody else writes
 *           a word between the load and the store of a read-modify-write of it (startHolder).
 * Bounds    A ring and an index of two batches, four appended in all; the writer may die at any step.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte batch_is_whole;
hidden byte search_starts_before_the_batch;
hidden byte no_offset_is_skipped;

#define SLOTS 2
#ifdef SUCCESSOR_BEFORE_DEATH
/* One is enough to go wrong, and soon found. */
#define BATCHES 1
#else
#define BATCHES 4
#endif

#define NOBODY 0
#define WRITER 1
#define READER 2

/* END_POSITION, LOG_START_POSITION and LOG_START_OFFSET. */
byte end;
byte start;
byte startOffset;
byte startHolder = NOBODY;

/* The index: INDEX_COUNT, and the entries' words. */
byte count;
byte entryPosition[SLOTS];
byte entryOffset[SLOTS];

/* The data: two words of each slot, which tell batch and writer; 0: never written. */
byte header[SLOTS];
byte body[SLOTS];
#define tag(batch, writer) (2 * (batch) + writer + 1)
#define offsetIn(word) ((word - 1) / 2)

bit isDead;
bit isReaderDone;

#define slotOf(batch) ((batch) % SLOTS)
#define OR_DIES :: mayDie -> goto died

inline storeStartOffset() {
  if
  :: startOffset = privateStart + 1
  OR_DIES
  fi
}

inline writeEntry() {
  if
  :: entryPosition[slotOf(privateEnd)] = privateEnd
  OR_DIES
  fi;
  if
  :: entryOffset[slotOf(privateEnd)] = privateEnd
  OR_DIES
  fi;
  if
  :: count = privateEnd + 1
  OR_DIES
  fi
}

inline publish() {
  if
  :: end = privateEnd + 1
  OR_DIES
  fi
}

/* The copy may begin once the load of the exchange is made. */
#ifdef OVERWRITE_BEFORE_EVICT
#define MAY_COPY true
#else
#define MAY_COPY !mustLoad
#endif

/* Evicts the oldest batch, where it must, and copies the new one to its place. */
inline evictAndCopy() {
  do
  /* The load of the exchange, and its store. */
  :: d_step {
#ifdef OVERWRITE_BEFORE_EVICT
      !mustHeader && !mustBody &&
#endif
      mustLoad && startHolder == NOBODY ->
      startHolder = WRITER;
      mustLoad = 0
    }
  :: d_step {
#ifdef EVICT_BY_STORE
      mustStore && startHolder == NOBODY ->
#else
      !mustLoad && mustStore ->
#endif
      privateStart++;
      start = privateStart;
      startHolder = NOBODY;
      mustStore = 0
    }
  :: mustHeader && MAY_COPY ->
    d_step {
      header[slotOf(privateEnd)] = tag(privateEnd, me);
      mustHeader = 0
    }
  :: mustBody && MAY_COPY ->
    d_step {
      body[slotOf(privateEnd)] = tag(privateEnd, me);
      mustBody = 0
    }
  :: mayDie && startHolder != WRITER -> goto died
  :: !mustLoad && !mustStore && !mustHeader && !mustBody -> break
  od
}

proctype Writer(bit me; bit mayDie) {
  byte privateStart;
  byte privateEnd;
  bit mustLoad;
  bit mustStore;
  bit mustHeader;
  bit mustBody;
#ifndef SUCCESSOR_BEFORE_DEATH
  me == 0 || isDead;
#endif
  privateEnd = end;
  d_step {
    startHolder == NOBODY ->
    privateStart = start
  };
  count = privateEnd;
  do
  :: privateEnd < BATCHES ->
    mustHeader = 1;
    mustBody = 1;
    if
    :: privateEnd - privateStart == SLOTS ->
      mustStore = 1;
#ifndef EVICT_BY_STORE
      mustLoad = 1;
#endif
#ifndef POSITION_BEFORE_OFFSET
      storeStartOffset();
#endif
    :: else
    fi;
#ifdef END_BEFORE_BYTES
    publish();
#endif
    evictAndCopy();
#ifdef POSITION_BEFORE_OFFSET
    if
    :: startOffset = privateStart
    OR_DIES
    fi;
#endif
#ifdef ENTRY_AFTER_PUBLISH
    publish();
    writeEntry();
#else
    writeEntry();
    publish();
#endif
    privateEnd++
  :: else -> break
  od;
died:
  if
  :: mayDie -> isDead = 1
  :: else
  fi
}

/* Copies the batch at `position`, and validates: whether it was lapped. */
inline copyAndValidate() {
  d_step {
    mustLoad = 1;
    mustHeader = 1;
    mustBody = 1
  };
#ifdef VALIDATE_BEFORE_COPY
  d_step {
    startHolder == NOBODY ->
    isLapped = (start > position);
    mustLoad = 0
  };
#endif
  do
#ifdef VALIDATE_BY_LOAD
  :: mustLoad ->
    d_step {
      isLapped = (start > position);
      mustLoad = 0
    }
#else
  :: d_step {
      mustLoad && startHolder == NOBODY ->
      startHolder = READER;
      isLapped = (start > position);
      mustLoad = 0
    }
#endif
  :: mustHeader ->
    d_step {
      headerCopy = header[slotOf(position)];
      mustHeader = 0
    }
  :: mustBody ->
    d_step {
      bodyCopy = body[slotOf(position)];
      mustBody = 0
    }
  :: !mustLoad && !mustHeader && !mustBody -> break
  od;
  startHolder = (startHolder == READER -> NOBODY : startHolder);
  CHECK(batch_is_whole, isLapped || (headerCopy == bodyCopy && headerCopy > 0 && offsetIn(headerCopy) == position));
  bodyCopy = 0
}

/* Reads the batch at a position that it knows. */
proctype Copier(byte position) {
  byte headerCopy;
  byte bodyCopy;
  bit mustLoad;
  bit mustHeader;
  bit mustBody;
  bit isLapped;
  end > position;
  copyAndValidate();
  isReaderDone = 1
}

/* Looks for the batch of an offset. */
proctype Seeker(byte offset) {
  byte seenEnd;
  byte entry;
  byte value;
  byte found;
  byte position;
  byte headerCopy;
  byte bodyCopy;
  bit mustLoad;
  bit mustHeader;
  bit mustBody;
  bit isLapped;
again:
  seenEnd = end;
  if
  :: offset < startOffset -> goto done
  :: else
  fi;
  /* A step of the search in the index. */
  found = 0;
  entry = count;
  if
  :: entry > 0 -> entry = entry - 1
  :: entry > 1 -> entry = entry - 2
  :: entry == 0 -> goto noEntry
  fi;
  value = entryOffset[slotOf(entry)];
  entry = entryPosition[slotOf(entry)];
#ifdef END_AFTER_ENTRY
  seenEnd = end;
#endif
  if
  :: entry < seenEnd && value <= offset -> found = entry
  :: else
  fi;
noEntry:
  entry = 0;
  value = 0;
  d_step {
    startHolder == NOBODY ->
#ifdef SEARCH_BEFORE_START
    position = found;
#else
    position = (start > found -> start : found);
#endif
    CHECK(search_starts_before_the_batch, found <= offset);
    found = 0
  };
  if
  :: position > seenEnd -> goto again
  :: else
  fi;
  do
  :: position < seenEnd ->
    copyAndValidate();
    if
    :: isLapped -> goto again
    :: else
    fi;
    if
    :: offsetIn(headerCopy) >= offset ->
#ifndef NO_SECOND_LOOK
      if
      :: offset < startOffset -> goto done
      :: else
      fi;
#endif
      CHECK(no_offset_is_skipped, offsetIn(headerCopy) == offset);
      goto done
    :: else -> position++
    fi
  :: else -> break
  od;
done:
  isReaderDone = 1
}

init {
  atomic {
    if
    :: run Writer(0, 0)
    :: run Writer(0, 1); run Writer(1, 0)
    fi;
    if
    :: run Copier(0)
    :: run Copier(1)
    :: run Seeker(0)
    :: run Seeker(1)
    fi
  }
}

ltl reader_ends { <> isReaderDone }
