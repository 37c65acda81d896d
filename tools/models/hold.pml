/*
 * The answers of a lane that its worker holds back, for an injected fault: which of them its producer
 * sees meanwhile, and what it concludes when the lane closes.
 *
 * Mirrors   packages/core/src/lane/answer-hold.ts: `begin`, `show`, `end`; lane-reader.ts: `#answer`, `close`;
 *           lane-writer.ts: `#loadAnswerCount`, `#findAnswers`.
 * Left out  Frames and what an answer says, as in lane.pml: here an answer is its number. A worker that dies: its
 *           successor holds nothing back. The doorbells: the producer looks when it likes.
 * Memory    ANSWERS_HELD is plain. Its store stands before an atomic store, of ANSWER_COUNT or WORKER_STATE,
 *           and cannot become visible after it; it may before SHOWN_COUNT, which stands above it. Its load stands
 *           after one of ANSWER_COUNT, and does not move before it.
 * Bounds    FRAMES frames; any number of holds.
 */
#define CHECK(property, condition) assert((condition) || property)
hidden byte held_answer_is_not_seen;
hidden byte answers_make_sense;
hidden byte unanswered_is_not_in_the_log;

#define FRAMES 3

/* Written by the worker. */
byte answerCount;
byte shownCount;
bit isHeld;
bit isClosed;

/* Of the answers, the first so many are held back from nobody. */
byte mayBeSeen;
/* What the worker has answered at the end. */
byte appended;

proctype Worker() {
  bit isOn;
  byte shown;
  do
  :: answerCount < FRAMES ->
    /* Nobody sees it as long as it is held back. */
    d_step {
      if
      :: !isOn -> mayBeSeen = answerCount + 1
      :: else
      fi;
      answerCount = answerCount + 1
    }
#ifdef HELD_AFTER_ANSWER
    if
    :: isOn -> isHeld = 1
    :: else
    fi
#endif
  :: !isOn ->
    isOn = 1;
    shown = answerCount;
    if
    :: shownCount = shown;
#ifndef HELD_AFTER_ANSWER
      isHeld = 1
#endif
#ifndef HELD_AFTER_ANSWER
    :: isHeld = 1;
      shownCount = shown
#endif
    fi
  :: isOn && shown < answerCount ->
    shown = shown + 1;
    d_step {
      mayBeSeen = shown;
      shownCount = shown
    }
  :: isOn ->
    isOn = 0;
    mayBeSeen = answerCount;
    isHeld = 0
  :: break
  od;
  appended = answerCount;
#ifdef STATE_BEFORE_SHOWN
  isClosed = 1;
#endif
  mayBeSeen = answerCount;
  isHeld = 0;
#ifndef STATE_BEFORE_SHOWN
  isClosed = 1
#endif
}

byte found;

/* `#loadAnswerCount`: what it finds is `found`. */
inline loadAnswerCount() {
#ifdef LOOK_BEFORE_COUNT
  wasHeld = isHeld;
  loaded = answerCount;
#else
  loaded = answerCount;
  wasHeld = isHeld;
#endif
  if
  :: !wasHeld -> found = loaded
  :: else ->
    loaded = shownCount;
#ifdef NO_LOOK_AT_EARLIER_HOLD
    found = loaded
#else
    if
    :: loaded < read -> found = read
    :: else -> found = loaded
    fi
#endif
  fi;
  loaded = 0;
  wasHeld = 0;
  CHECK(answers_make_sense, found >= read);
  CHECK(held_answer_is_not_seen, found <= mayBeSeen)
}

proctype Producer() {
  byte read;
  byte loaded;
  bit wasHeld;
  bit wasClosed;
  do
  :: loadAnswerCount();
    if
    :: found > read -> read = found
    /* It has looked once more since the lane was closed. */
    :: found == read && wasClosed -> break
    :: else -> wasClosed = isClosed
    fi
  od;
  CHECK(unanswered_is_not_in_the_log, read == appended)
}

init {
  atomic {
    run Worker();
    run Producer()
  }
}
