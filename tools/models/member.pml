/*
 * What a member of a group and the controller tell each other without a call: that it is put out, and
 * whether it may be stuck.
 *
 * Mirrors   packages/core/src/group/member-memory.ts: `setFence`, `assignmentEpoch`, `fence`, `beat`,
 *           `beginWaiting`; packages/consumer/src/poll-loop.ts: `pollSync` and `#poll`, with poll-group.ts;
 *           packages/broker/src/coordinator/stuck-member.ts: `findStuck`.
 * Left out  Time: LAST_POLL_MS is fresh, or older than maxPollIntervalMs. It grows old while the member
 *           waits, and while a handler does not return. That the member leaves, and what it is granted.
 *           The doorbell: a member that waits wakes when it likes.
 * Memory    All words are atomic.
 * Bounds    One member; any number of polls.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte waiting_member_is_not_put_out;
hidden byte member_learns_of_its_end;

mtype = { fresh, old, waiting };

/* Written by the controller. */
bit isNewEpoch;
bit isFenced;
/* Written by the member. */
mtype lastPoll = fresh;

/* It waits in a poll; its handler takes long. */
bit isInWait;
bit isHung;
/* LAST_POLL_MS has grown old in a wait. */
bit isOldByWaiting;
bit isOut;

inline beat() {
  d_step {
    lastPoll = fresh;
    isOldByWaiting = 0
  }
}

inline beginWaiting() {
#ifndef NO_WAITING_MARK
  lastPoll = waiting;
#endif
  isInWait = 1
}

inline endWaiting() {
  isInWait = 0;
#ifndef NO_BEAT_AFTER_WAITING
  beat()
#endif
}

proctype Member() {
  do
  :: beat();
    if
    :: isNewEpoch ->
      /* It takes note of the epoch, and does not look again. */
      CHECK(member_learns_of_its_end, isFenced);
      break
    :: else
    fi;
    if
    :: true
    :: beginWaiting();
      endWaiting()
    fi;
    /* It handles what it was handed. */
    if
    :: true
    :: isHung = 1;
      isHung = 0
    :: isHung = 1;
end_never_returns:
      false
    fi
  od
}

proctype Clock() {
end_clock:
  do
  :: d_step {
      lastPoll == fresh && (isInWait || isHung) ->
      lastPoll = old;
      isOldByWaiting = isInWait
    }
  od
}

proctype Controller(bit replaces) {
end_nobody_is_stuck:
  do
  /* `findStuck` */
  :: d_step {
      lastPoll == old ->
      CHECK(waiting_member_is_not_put_out, !isOldByWaiting)
    };
    break
  /* Another one takes its place. */
  :: replaces -> break
  od;
#ifdef EPOCH_BEFORE_FENCE
  isNewEpoch = 1;
  isFenced = 1;
#else
  isFenced = 1;
  isNewEpoch = 1;
#endif
  isOut = 1
}

init {
  atomic {
    run Member();
    run Clock();
    if
    :: run Controller(0)
    :: run Controller(1)
    fi
  }
}

ltl stuck_member_is_put_out { [] (isHung -> <> (isOut || !isHung)) }
