/*
 * A lane: a producer that hands batches over, reads their answers, sends again after a refusal and closes;
 * a partition worker that dies at any step, and its successors, which recover.
 *
 * Mirrors   packages/core/src/lane: `LaneWriter.tryWrite`, `readAnswer` with `#findAnswers`, `reset`,
 *           `close`; `LaneReader`: the constructor, `recover`, `peek` with `#findFrames`, `copyTo`,
 *           `notePending`, `acknowledge`, `refuse`, `skip`, `close`, `#answer`, `#dropNote`;
 *           packages/partition-worker/src/partition-log.ts: `#appendValid`.
 * Left out  Bytes: a batch is its number, and the next one to append is always known. Of other lanes, that
 *           their batches enter the ring too. Counts do not come to where they wrap. Damaged memory,
 *           deadlines, batches that wait for room, and doorbells: whoever waits sees every change.
 * Memory    Everything plain is written between an atomic load that makes its place free and an atomic
 *           store that publishes it; neither lets it pass. A thread that ends has taken all steps before.
 * Bounds    Two slots, three batches, one refusal, two other batches, two deaths.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte frame_is_whole;
hidden byte answer_is_of_its_frame;
hidden byte appended_once_and_in_order;
hidden byte acknowledged_is_in_the_log;
hidden byte unanswered_is_not_in_the_log;
hidden byte note_is_of_the_last_batch;

#define SLOTS 2
#define BATCHES 3
#define slotOf(frame) ((frame) % SLOTS)

#define APPENDED 1
#define REFUSED 2
#define BEHIND_REFUSED 3

/* The producer's words. */
byte frameCount;
bit isProducerClosed;
byte frameNumber[SLOTS];
bit frameResets[SLOTS];
byte frameBatch[SLOTS];

/* The worker's words. */
byte answerCount;
bit isWorkerClosed;
byte answerFrame[SLOTS];
byte answerOutcome[SLOTS];
bit answerResets[SLOTS];
byte pendingFrame = 255;
bit pendingResets;
byte pendingEnd;
#ifdef TWO_WORDS
byte place;
#else
#define place answerCount
#endif

/* END_POSITION of the ring, and the last batch of this lane in it. */
byte ringEnd;
byte lastAppended;

byte refusalsLeft = 2;
byte othersLeft = 2;
byte deathsLeft = 2;
bit isProducerDone;

/* What the producer keeps of the batches that are unanswered. */
#define sentOf(frame) ((frame) % (SLOTS + 1))
byte sent[SLOTS + 1];

#ifdef SLOT_TAKEN_UNREAD
#define MAX_UNANSWERED (SLOTS + 1)
#else
#define MAX_UNANSWERED SLOTS
#endif

inline writeFrame() {
  d_step {
    frameNumber[slotOf(written)] = written;
    frameResets[slotOf(written)] = resets
  };
  frameBatch[slotOf(written)] = next
}

inline findAnswers() {
  seen = answerCount;
  if
  :: seen == read ->
    if
    :: isWorkerClosed ->
#ifndef NO_SECOND_LOOK_BY_PRODUCER
      seen = answerCount;
#endif
      if
      :: seen == read ->
        CHECK(unanswered_is_not_in_the_log, lastAppended < sent[sentOf(read)]);
        goto done
      :: else
      fi
    :: else
    fi
  :: else
  fi
}

proctype Producer() {
  byte written;
  byte read;
  byte seen;
  byte next = 1;
  byte refused;
  bit resets;
  bit isClosed;
  do
  :: !isClosed && refused == 0 && next <= BATCHES && written - read < MAX_UNANSWERED ->
#ifdef COUNT_BEFORE_FRAME
    frameCount = written + 1;
    writeFrame();
#else
    writeFrame();
    frameCount = written + 1;
#endif
    d_step {
      sent[sentOf(written)] = next;
      written++;
      next++
    }
  :: written != read ->
    findAnswers();
    if
    :: seen != read ->
      CHECK(answer_is_of_its_frame, answerFrame[slotOf(read)] == read && answerOutcome[slotOf(read)] > 0);
      d_step {
        if
        :: answerOutcome[slotOf(read)] == APPENDED ->
          CHECK(acknowledged_is_in_the_log, lastAppended >= sent[sentOf(read)])
        :: answerOutcome[slotOf(read)] == REFUSED -> refused = sent[sentOf(read)]
        :: else
        fi;
        sent[sentOf(read)] = 0;
        read++;
        seen = 0
      }
    :: else
    fi
  /* It sends again what was refused, and what came behind. */
  :: refused > 0 && !isClosed ->
    d_step {
      resets = 1 - resets;
      next = refused;
      refused = 0
    }
  :: refused == 0 && next > BATCHES && !isClosed ->
    isProducerClosed = 1;
    isClosed = 1
  :: isClosed && written == read -> break
  od;
done:
  isProducerDone = 1
}

#define OR_DIES :: deathsLeft > 0 -> goto died

inline dropNote() {
  if
  :: pendingFrame = answered - 1
  OR_DIES
  fi
}

inline storeAnswer(outcome) {
  if
  :: d_step {
      answerFrame[slotOf(answered)] = answered;
      answerOutcome[slotOf(answered)] = outcome;
      answerResets[slotOf(answered)] = resets
    }
  OR_DIES
  fi
}

inline storeAnswerCount() {
  if
  :: answerCount = answered + 1
  OR_DIES
  fi;
#ifdef TWO_WORDS
  if
  :: place = answered + 1
  OR_DIES
  fi;
#endif
}

inline answer(outcome) {
#ifdef COUNT_BEFORE_ANSWER
  storeAnswerCount();
  storeAnswer(outcome);
#else
  storeAnswer(outcome);
#endif
  if
  :: !hasNote -> dropNote()
  :: else
  fi;
#ifndef COUNT_BEFORE_ANSWER
  storeAnswerCount();
#endif
  d_step {
    hasNote = 0;
    batch = 0;
    frameReset = 0;
    answered++
  }
}

inline appendOther() {
  d_step {
    othersLeft > 0 ->
    othersLeft--;
    ringEnd++
  }
}

inline notePlain() {
  if
  :: d_step {
      pendingResets = frameReset;
      pendingEnd = ringEnd + 1
    }
  OR_DIES
  fi
}

inline noteFrame() {
  if
  :: pendingFrame = answered
  OR_DIES
  fi;
  hasNote = 1
}

inline notePending() {
#ifdef FRAME_BEFORE_NOTE
  noteFrame();
  notePlain();
#else
  notePlain();
  noteFrame();
#endif
}

inline publish() {
  if
  :: d_step {
      CHECK(appended_once_and_in_order, batch == lastAppended + 1);
      lastAppended = batch;
      ringEnd++
    }
  OR_DIES
  fi
}

inline recover() {
  if
  :: pendingFrame == answered ->
    CHECK(note_is_of_the_last_batch, ringEnd <= pendingEnd);
    if
    :: ringEnd < pendingEnd ->
#ifdef NOTE_IS_KEPT
      true
#else
      dropNote()
#endif
    :: else ->
      hasNote = 1;
      isRefusing = 0;
      resets = pendingResets;
      answer(APPENDED)
    fi
  :: else
  fi
}

proctype Worker() {
  byte answered;
  byte batch;
  bit frameReset;
  bit resets;
  bit isRefusing;
  bit hasNote;
opened:
  answered = place;
  d_step {
    resets = answerResets[slotOf(answered + SLOTS - 1)];
    isRefusing = (answerOutcome[slotOf(answered + SLOTS - 1)] > APPENDED);
    hasNote = 0;
    batch = 0;
    frameReset = 0
  };
#ifdef RECOVER_AFTER_APPEND
  if
  :: appendOther()
  :: true
  fi;
#endif
  recover();
  do
  OR_DIES
  :: appendOther()
  /* The log is closed. */
  :: isWorkerClosed = 1 -> goto done
  :: frameCount != answered ->
found:
    frameReset = frameResets[slotOf(answered)];
    CHECK(frame_is_whole, frameNumber[slotOf(answered)] == answered);
    if
    :: isRefusing && frameReset == resets -> answer(BEHIND_REFUSED)
    :: else ->
      batch = frameBatch[slotOf(answered)];
      CHECK(frame_is_whole, frameNumber[slotOf(answered)] == answered);
      if
#ifdef NOT_BEHIND_REFUSED
      :: d_step {
          refusalsLeft > 0 ->
          refusalsLeft--
        };
        resets = frameReset;
        answer(REFUSED)
#else
      :: d_step {
          refusalsLeft > 0 ->
          refusalsLeft--;
          isRefusing = 1;
          resets = frameReset
        };
        answer(REFUSED)
#endif
      :: true ->
#ifndef NOTE_AFTER_PUBLISH
        notePending();
#endif
        publish();
#ifdef NOTE_AFTER_PUBLISH
        notePending();
#endif
#ifdef ANSWER_IN_LATER_TURN
        if
        :: appendOther()
        :: true
        fi;
#endif
        d_step {
          isRefusing = 0;
          resets = frameReset
        };
        answer(APPENDED)
      fi
    fi
  /* `#findFrames`: the count was looked at, and now the state. */
  :: frameCount == answered ->
    if
    :: isProducerClosed ->
#ifndef NO_SECOND_LOOK_BY_WORKER
      if
      :: frameCount != answered -> goto found
      :: else
      fi;
#endif
      goto done
    :: !isProducerClosed ->
      isProducerClosed || frameCount != answered
    fi
  od;
died:
  deathsLeft--;
  goto opened;
done:
  true
}

init {
  atomic {
    run Producer();
    run Worker()
  }
}

ltl every_batch_is_answered { <> isProducerDone }
