/*
 * An injected fault: the thread that it is for, the test that calls it off, and the one that sees that the
 * thread has ended.
 *
 * Mirrors   packages/core/src/concurrent/fault-switch.ts: `strike`, `callOff`, `end`, `untilDecided`.
 * Left out  What the fault does. The sleep of a thread that the fault blocks, and its end by CALLED_OFF.
 * Memory    All words are atomic.
 * Bounds    STRIKES chances to strike; the test waits for the decision, or calls the fault off at any time.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte lifted_fault_does_not_strike;
hidden byte called_off_fault_strikes_no_more;

#define STRIKES 2

mtype = { inForce, struck, calledOff, ended };

mtype state = inForce;
bit isCalledOff;
/* The thread has ended. */
bit isGone;

/* The fault has struck, or is about to. */
bit hasStruck;
/* The test was told that it was lifted before it struck; and that `callOff` has returned. */
bit isLifted;
bit isOver;
/* The test knows what has become of it. */
bit isDecided;

/* `#leave`: what it was before, or what it is now. */
inline leave(other) {
  d_step {
    if
    :: state == inForce -> state = other
    :: else
    fi;
    now = state
  }
}

proctype Target() {
  mtype now;
  bit wasCalledOff;
  bit wasOver;
  byte strikes;
  do
  :: strikes < STRIKES ->
    strikes++;
    wasOver = isOver;
#ifndef NO_LOOK_AT_CALLED_OFF
    wasCalledOff = isCalledOff;
#endif
    if
    :: wasCalledOff -> wasCalledOff = 0
    :: else ->
#ifdef STRIKE_BY_STORE
      now = state;
      if
      :: now == inForce ->
        state = struck;
        now = struck
      :: else
      fi;
#else
      leave(struck);
#endif
      if
      :: now == struck ->
        CHECK(lifted_fault_does_not_strike, !isLifted);
        CHECK(called_off_fault_strikes_no_more, !wasOver);
        hasStruck = 1
      :: else
      fi
    fi;
    now = 0;
    wasOver = 0
  :: break
  od;
  strikes = 0;
  isGone = 1
}

/* Who sees that the thread has ended. */
proctype Supervisor() {
  mtype now;
  isGone;
#ifndef END_IS_NOT_TOLD
  leave(ended)
#endif
}

proctype Test() {
  mtype now;
  if
  :: state != inForce -> isDecided = 1
  :: isCalledOff = 1;
#ifdef CALL_OFF_BY_STORE
    state = calledOff;
    now = calledOff;
#else
    leave(calledOff);
#endif
    if
    :: now == calledOff ->
      isLifted = 1;
      CHECK(lifted_fault_does_not_strike, !hasStruck)
    :: else
    fi;
    isOver = 1;
    isDecided = 1
  fi
}

init {
  atomic {
    run Target();
    run Supervisor();
    if
    :: run Test()
    :: skip
    fi
  }
}

ltl fate_is_known { <> (state != inForce) }
