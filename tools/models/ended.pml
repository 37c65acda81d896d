/*
 * How a broker has ended: the controller closes it, or dies and says why; clients whose port to it closes take
 * note, and all clients ask.
 *
 * Mirrors   packages/broker/src/wire/broker-state.ts: `setClosed`, `setEnded`, `closedError`;
 *           packages/core/src/errors/error-section.ts: `write`, `read`.
 * Left out  What the error says: it is two parts and their length, and is read as what it is only where they belong
 *           together; where they do not, no cause is told. The doorbells: clients ask when they like.
 * Memory    The error is plain, and is written before an atomic operation, so it is not visible after it; its parts
 *           are written, and read, in this order, and in any other it comes to the same: they belong together
 *           only where all were written.
 * Bounds    One client that takes note, and one that asks, any number of times. The controller may end between
 *           any two steps.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte cause_is_told;
hidden byte closed_broker_has_not_crashed;

mtype = { open, closed, crashed };

mtype state = open;
/* The error: 0, the one that lies there from the start; 1, what the controller died of. */
bit part[2];
bit length;

/* Every client's port has closed, or will. */
bit isGone;
/* The broker was closed; the controller has said what it died of. */
bit wasClosed;
bit wasSaid;

#define OR_DIES :: mayDie -> goto died

inline writeError() {
  if
  :: part[0] = 1
  OR_DIES
  fi;
  if
  :: part[1] = 1
  OR_DIES
  fi;
  if
  :: length = 1
  OR_DIES
  fi
}

inline setCrashed() {
#ifdef CRASHED_BY_STORE
  state = crashed
#else
  d_step {
    if
    :: state == open -> state = crashed
    :: else
    fi
  }
#endif
}

proctype Controller(bit mayDie) {
  if
  :: d_step {
      state = closed;
      wasClosed = 1
    }
  :: true
  OR_DIES
  fi;
  if
  /* It throws, also while it ends. */
  :: true ->
#ifdef STATE_BEFORE_CAUSE
    setCrashed();
    wasSaid = 1;
    writeError()
#else
    writeError();
    wasSaid = 1;
    setCrashed()
#endif
  :: true
  fi;
died:
  isGone = 1
}

/* A client that hears of the end by its port. */
proctype Hearer() {
  isGone;
  setCrashed()
}

/* `closedError`. */
proctype Asker() {
  mtype seen;
  bit read[2];
  bit readLength;
  bit said;
  do
  :: state != open ->
    d_step {
      seen = state;
      said = wasSaid
    };
    if
    :: seen == crashed ->
      CHECK(closed_broker_has_not_crashed, !wasClosed);
      readLength = length;
      read[0] = part[0];
      read[1] = part[1];
      CHECK(cause_is_told, !said || (readLength && read[0] && read[1]))
    :: else
    fi;
    seen = 0;
    said = 0;
    readLength = 0;
    read[0] = 0;
    read[1] = 0
  :: break
  od
}

init {
  atomic {
    if
    :: run Controller(0)
    :: run Controller(1)
    fi;
    run Hearer();
    run Asker()
  }
}

ltl end_is_known { <> (state != open) }
