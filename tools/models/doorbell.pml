/*
 * The doorbell: waits of one actor, and the threads that ring for it, one of which may die.
 *
 * Mirrors   packages/core/src/concurrent/doorbell.ts: `ring`, `ringUnconditionally`, `#announce`, and the
 *           loops of `waitSync` and `waitAsync` with `ringAtDeadline`.
 * Left out  The look before the loop, and spinning: both only look. That the sequence wraps. What a
 *           waiter looks at is one step. All accesses are atomic, so interleavings are all that there is.
 * Bounds    Two waits at a time, of which one is followed by another, which finds parked as it was left.
 *           Two ringers with one change each. One of them may die at any step; then either the controller
 *           cleans up after it, or the waits have a deadline.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte wait_ends_with_what_it_waits_for;

/* SEQUENCE, as far as anybody asks: whether it is still what the waiter has loaded. */
bit isAsLoaded[2];
bit parked;
/* What the waits look at. */
bit isChanged[2];
bit isOffline;
bit isOverdue;

bit isAsleep[2];
byte doneWaiters;
bit isDead;

/* Waiter 0 waits for any change, then for all that will be made; waiter 1 for all. */
#define waits(waiter) (2 - waiter)
#define HOLDS \
  (isOverdue || (me == 0 && wait == 0 && (isChanged[0] || isChanged[1])) || \
   ((isChanged[0] || isOffline) && isChanged[1]))

/* Beside any step of a thread: its end. */
#define OR_DIES :: mayDie -> goto died

inline change() {
  if
  :: isChanged[me] = 1
  OR_DIES
  fi
}

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

inline addToSequence() {
  if
  :: d_step {
      isAsLoaded[0] = 0;
      isAsLoaded[1] = 0
    }
  OR_DIES
  fi
}

inline wakeAll() {
#ifdef WAKES_ONE
  if
  :: isAsleep[0] -> isAsleep[0] = 0
  :: else -> isAsleep[1] = 0
  fi
#else
  d_step {
    isAsleep[0] = 0;
    isAsleep[1] = 0
  }
#endif
}

inline ring() {
#ifdef ADD_BEFORE_PARKED
  addToSequence();
  takeParked();
#else
  takeParked();
  addToSequence();
#endif
  if
  :: wasParked -> wakeAll()
  :: !wasParked
  OR_DIES
  fi
}

inline ringUnconditionally() {
#ifdef ORDINARY_RING_AFTER_DEATH
  ring()
#else
  parked = 0;
  addToSequence();
  wakeAll()
#endif
}

proctype Ringer(bit me; bit mayDie) {
  bit wasParked;
#ifdef CHANGE_AFTER_RING
  ring();
  change();
#else
  change();
  ring();
#endif
died:
  isDead = isDead || mayDie
}

proctype Waiter(bit me) {
  byte wait;
  do
  :: wait < waits(me) ->
    do
    :: true ->
#ifdef PARKED_BEFORE_SEQUENCE
      parked = 1;
      isAsLoaded[me] = 1;
#else
      isAsLoaded[me] = 1;
#ifndef LOOK_BEFORE_PARKED
      parked = 1;
#endif
#endif
      if
      :: HOLDS -> break
      :: else
      fi;
#ifdef LOOK_BEFORE_PARKED
      parked = 1;
#endif
      /* Atomics.wait and Atomics.waitAsync compare and fall asleep in one step. */
      d_step {
        isAsleep[me] = isAsLoaded[me];
        isAsLoaded[me] = 0
      };
      !isAsleep[me];
#ifdef NO_SECOND_LOOK
      break
#endif
    od;
    CHECK(wait_ends_with_what_it_waits_for, HOLDS);
#ifdef WAITER_CLEARS_PARKED
    parked = 0;
#endif
    wait++
  :: else -> break
  od;
  doneWaiters++
}

/* The controller, who hears that a thread has ended. */
proctype Cleaner(bit mayDie) {
  bit wasParked;
  isDead;
#ifdef RING_BEFORE_STATE
  ringUnconditionally();
  isOffline = 1;
#else
  isOffline = 1;
  ringUnconditionally();
#endif
died:
  true
}

/* The timer of waits with a deadline. */
proctype Timer(bit mayDie) {
  bit wasParked;
  isOverdue = 1;
  ringUnconditionally();
died:
  true
}

init {
  atomic {
    if
    :: run Ringer(0, 0)
    :: run Ringer(0, 1); run Cleaner(0)
    :: run Ringer(0, 1); run Timer(0)
    fi;
    run Ringer(1, 0);
    run Waiter(0);
    run Waiter(1)
  }
}

ltl every_wait_ends { <> (doneWaiters == 2) }
