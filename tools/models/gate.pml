/*
 * The gates of a full ring: an append that waits for them, while one is opened and closed and another
 * is moved from one member of a group to the next, reset or removed; holders may die at any step.
 *
 * Mirrors   packages/core/src/gate: `Gate.release`, `Grant.commit`, `GateTable.open` and `lowest`;
 *           packages/partition-worker/src/partition-log.ts: `tryAppend`; full-ring.ts: `#serveQueue`;
 *           log-eviction.ts: `makeRoom`; partition-gates.ts: `moveGroup`, `#close`; partition-worker.ts: `openReader`,
 *           `closeReader`; packages/broker/src/controller/group/group-gate.ts: `#move`, `reset`, `remove`.
 * Left out  Offsets: the ring holds one record, which the append would overwrite; gates stand at it (0) or
 *           past it (1). Deadlines of the append. Commits of a group's later offsets. What the controller
 *           asks of the worker comes in any order. The doorbell as in doorbell.pml, with one waiter.
 * Memory    All words are atomic. The record is plain; its copy is made before an atomic store and its
 *           overwriting after an atomic load, so neither moves. A plain store of a gate would: see
 *           BLOCKED_BEFORE_RELEASE and RELEASE_BEFORE_COPY, which are what it could come to.
 * Bounds    One append; one consumer without a group, which registers; two members of a group.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte held_record_is_kept;

/* The ring: whether the append has overwritten the record; where the log starts; BLOCKED. */
bit isOverwritten;
#define appended isOverwritten
bit logStart;
bit isBlocked;

/* The doorbell of the worker. */
bit isAsLoaded;
bit parked;
bit isAsleep;

/* The gates' COMMITTED, by holder; REVOKED of the first member's; the worker's table. */
#define CONSUMER 0
#define MEMBER 1
#define NEXT_MEMBER 2
bit committed[3];
bit isRevoked;
bit isInTable[3];

/* What holders are told: that they have a gate, and where they start. */
bit isTold[3];
bit start[3];

/* What the controller asks of the worker; a reset moves a gate to nobody, with another offset. */
bit askedOpen;
bit askedMove;
bit isReset;
bit askedRemove;
bit askedClose[2];

bit isDead[2];

/* Beside any step of a thread: its end. */
#define OR_DIES :: mayDie -> goto died

inline takeParked() {
  if
  :: parked ->
    if
    :: d_step {
        wasParked = parked;
        parked = 0
      }
    OR_DIES
    fi
  :: !parked
  OR_DIES
  fi
}

inline wake() {
  isAsleep = 0
}

inline ring() {
  takeParked();
  if
  :: isAsLoaded = 0
  OR_DIES
  fi;
  if
  :: wasParked ->
    wake();
    wasParked = 0
  :: !wasParked
  OR_DIES
  fi
}

inline ringUnconditionally() {
#ifdef ORDINARY_RING_AT_CLOSE
  ring()
#else
  parked = 0;
  isAsLoaded = 0;
  wake()
#endif
}

/* The record is there for as long as the holder's gate is. */
inline copyRecord() {
  if
  :: start[me] == 0 -> CHECK(held_record_is_kept, !isOverwritten || !isInTable[me])
  :: else
  fi
}

inline storeCommitted() {
  if
  :: committed[me] = 1
  OR_DIES
  fi
}

inline lookAtRevoked() {
#ifdef MOVE_AND_REFUSED_COMMIT_WITHOUT_RING
  if
  :: me == MEMBER && isRevoked -> goto died
  :: else
  fi
#else
  /* It decides whether the commit is accepted, and not whether anybody is rung. */
  true
#endif
}

inline ringIfBlocked() {
  if
  :: isBlocked -> ring()
  :: !isBlocked
  OR_DIES
  fi
}

/* A consumer without a group, or a member. */
proctype Holder(byte me; bit mayDie) {
  bit wasParked;
end_removed:
  isTold[me];
#ifndef RELEASE_BEFORE_COPY
  copyRecord();
#endif
  if
  :: start[me] == 0 ->
#ifdef BLOCKED_BEFORE_RELEASE
    if
    :: isBlocked ->
      storeCommitted();
      ring()
    :: else -> storeCommitted()
    fi
#else
    storeCommitted();
    lookAtRevoked();
    ringIfBlocked()
#endif
  :: else
  fi;
#ifdef RELEASE_BEFORE_COPY
  copyRecord();
#endif
died:
  if
  :: mayDie -> isDead[me] = 1
  :: else
  fi
}

#define RELEASED(gate) (!isInTable[gate] || committed[gate])

inline lookAtGates() {
  hasRoom = RELEASED(CONSUMER);
  hasRoom = hasRoom && RELEASED(MEMBER);
  hasRoom = hasRoom && RELEASED(NEXT_MEMBER)
}

/* `isOver`: the append is made if there is room. */
inline trySettle() {
  lookAtGates();
  if
  :: hasRoom ->
    logStart = 1;
    isOverwritten = 1
  :: else
  fi;
  hasRoom = 0
}

inline announce() {
  isAsLoaded = 1;
  parked = 1
}

inline sleep() {
  d_step {
    isAsleep = isAsLoaded;
    isAsLoaded = 0
  };
  isWaiting = 1
}

inline endWait() {
  isBlocked = 0;
  isWaiting = 0
}

/* Turns of the partition worker's event loop: nothing comes between their steps but other threads. */
proctype Worker() {
  bit mayDie;
  bit wasParked;
  bit hasRoom;
  bit isWaiting;
  bit isOpening;
  bit isMoving;
died:
end_idle:
  do
  :: !isWaiting && !appended ->
    trySettle();
    if
    :: appended
    :: else ->
#ifndef BLOCKED_AFTER_GATES
      isBlocked = 1;
#endif
      announce();
      trySettle();
#ifdef BLOCKED_AFTER_GATES
      isBlocked = 1;
#endif
      if
      :: appended -> endWait()
      :: else -> sleep()
      fi
    fi
  :: isWaiting && !isAsleep ->
    announce();
    trySettle();
    if
    :: appended -> endWait()
    :: else -> sleep()
    fi

  :: askedOpen && !isOpening ->
    start[CONSUMER] = logStart;
#ifdef REGISTER_IN_TWO_TURNS
    isOpening = 1
  :: isOpening ->
    isOpening = 0;
#endif
#ifdef HANDED_BEFORE_WRITTEN
    isTold[CONSUMER] = 1;
#endif
    committed[CONSUMER] = start[CONSUMER];
    isInTable[CONSUMER] = 1;
    isTold[CONSUMER] = 1;
    askedOpen = 0

  :: askedMove && !isMoving ->
    start[NEXT_MEMBER] = isReset || committed[MEMBER];
    isInTable[MEMBER] = 0;
#ifdef MOVE_IN_TWO_TURNS
    isMoving = 1
  :: isMoving ->
    isMoving = 0;
#endif
    committed[NEXT_MEMBER] = start[NEXT_MEMBER];
    isInTable[NEXT_MEMBER] = 1;
#ifndef MOVE_AND_REFUSED_COMMIT_WITHOUT_RING
#ifndef MOVE_WITHOUT_RING
    ring();
#endif
#endif
    isTold[NEXT_MEMBER] = !isReset;
    askedMove = 0

  :: askedRemove ->
    isInTable[MEMBER] = 0;
#ifndef CLOSE_WITHOUT_RING
    ring();
#endif
    askedRemove = 0

  /* `closeReader`: a member has no gate of its own. */
  :: askedClose[CONSUMER] ->
    isInTable[CONSUMER] = 0;
    ring();
    ringUnconditionally();
    askedClose[CONSUMER] = 0
  :: askedClose[MEMBER] ->
    ringUnconditionally();
    askedClose[MEMBER] = 0
  od
}

/* The controller, about the group. */
proctype GroupGate() {
  isRevoked = 1;
  if
  :: askedMove = 1
  :: d_step {
      isReset = 1;
      askedMove = 1
    }
  :: askedRemove = 1
  fi
}

/* The controller, about threads that end. */
proctype Registrar(byte holder) {
  isDead[holder] -> askedClose[holder] = 1
}

init {
  atomic {
    committed[MEMBER] = 0;
    isInTable[MEMBER] = 1;
    isTold[MEMBER] = 1;
    askedOpen = 1;
    if
    :: run Holder(CONSUMER, 0); run Holder(MEMBER, 0)
/* Without them not even holders that live ring enough. */
#ifndef MOVE_AND_REFUSED_COMMIT_WITHOUT_RING
    :: run Holder(CONSUMER, 1); run Registrar(CONSUMER); run Holder(MEMBER, 0)
    :: run Holder(CONSUMER, 0); run Holder(MEMBER, 1); run Registrar(MEMBER)
#endif
    fi;
    run Holder(NEXT_MEMBER, 0);
    run Worker();
    run GroupGate()
  }
}

ltl append_ends { <> appended }
