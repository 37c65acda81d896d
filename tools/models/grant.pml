/*
 * A group's grant: owners commit while the controller takes the partition from one and gives it to the
 * next, twice.
 *
 * Mirrors   packages/core/src/gate/grant.ts: the constructor, `commit`; packages/broker/src/group/
 *           group-gate.ts: `#move`, with `moveGroup` of packages/partition-worker/src/partition-gates.ts.
 * Left out  Whom a commit rings (gate.pml). Whether the worker or, where that has died, the controller
 *           makes the move: the steps are the same. Offsets stand for what is committed: an owner goes
 *           on from where it starts, and commits each next offset.
 * Memory    All words are atomic.
 * Bounds    Three owners one after the other, two commits each; each may be as late as it likes.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte accepted_commit_is_kept;

#define OWNERS 3
#define COMMITS 2

#ifdef MEMORY_USED_AGAIN
#define memoryOf(owner) 0
#else
#define memoryOf(owner) owner
#endif

/* The gates' COMMITTED and REVOKED. */
byte committed[OWNERS];
bit isRevoked[OWNERS];
/* The owner has been told of its grant. */
bit isTold[OWNERS];

/* What must not be forgotten: the highest commit that was accepted. */
byte accepted;
/* Who owns the gate, and where it stands for the group. */
byte owner;
byte ownersOffset;
byte ended;

inline lookAtRevoked() {
  isAccepted = !isRevoked[memoryOf(me)]
}

inline storeCommitted() {
  d_step {
    committed[memoryOf(me)] = offset;
    if
    :: owner == me -> ownersOffset = offset
    :: else
    fi
  }
}

proctype Owner(byte me) {
  byte offset;
  byte commits;
  bit isAccepted;
  isTold[me];
  offset = committed[memoryOf(me)];
  CHECK(accepted_commit_is_kept, owner != me || offset >= accepted);
  do
  :: commits < COMMITS ->
    offset++;
    commits++;
#ifdef LOOK_BEFORE_COMMIT
    lookAtRevoked();
    if
    :: isAccepted -> storeCommitted()
    :: else
    fi;
#else
    storeCommitted();
    lookAtRevoked();
#endif
    if
    :: isAccepted ->
      CHECK(accepted_commit_is_kept, offset <= ownersOffset);
      d_step {
        if
        :: offset > accepted -> accepted = offset
        :: else
        fi
      }
    :: else -> break
    fi
  :: else -> break
  od;
  ended++
}

/* The controller, and the worker that it calls. */
proctype GroupGate() {
  byte next = 1;
  byte word;
  do
  :: next < OWNERS ->
#ifdef READ_BEFORE_REVOKE
    word = committed[memoryOf(owner)];
    isRevoked[memoryOf(owner)] = 1;
#else
    isRevoked[memoryOf(owner)] = 1;
    word = committed[memoryOf(owner)];
#endif
#ifdef MEMORY_USED_AGAIN
    isRevoked[0] = 0;
#endif
#ifdef TOLD_BEFORE_WRITTEN
    isTold[next] = 1;
#endif
    committed[memoryOf(next)] = word;
    d_step {
      owner = next;
      ownersOffset = word
    };
    isTold[next] = 1;
    next++
  :: else -> break
  od;
  ended++
}

init {
  atomic {
    isTold[0] = 1;
    run Owner(0);
    run Owner(1);
    run Owner(2);
    run GroupGate()
  }
}

ltl every_owner_ends { <> (ended == OWNERS + 1) }
