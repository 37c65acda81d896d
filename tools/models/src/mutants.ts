/** One line of the code that is taken out of a model, or put in another place. */
export interface Mutant {
  /** The model's file is `<model>.pml`. */
  readonly model: string
  /** What is missing then; a macro of the model. */
  readonly mutant: string
  /** What the line is there for: sections of `docs/memory-model.md`. */
  readonly invariants: readonly string[]
  /** The property of the model that fails: the name of an `ltl` formula or of a `CHECK`. */
  readonly fails: string
  /** The line of the code: file and symbol. */
  readonly file: string
  readonly symbol: string
}

const CORE = 'packages/core/src'
const WORKER = 'packages/partition-worker/src'
const FOLLOWER = 'packages/storage/src/storage-thread/partition-follower.ts'
const SYNC_SLOT = 'packages/storage/src/sync-thread/sync-slot.ts'
const SYNC_THREAD_HOST = 'packages/storage/src/storage-thread/sync-thread-host.ts'
const GROUP_GATE = 'packages/broker/src/controller/group/group-gate.ts'
const MEMBER_MEMORY = `${CORE}/group/member-memory.ts`
const POLL_GROUP = 'packages/consumer/src/poll-group.ts'
const RING_WRITER = `${CORE}/ring/ring-log-writer.ts`
const RING_READER = `${CORE}/ring/ring-log-reader.ts`
const LANE_WRITER = `${CORE}/lane/lane-writer.ts`
const LANE_READER = `${CORE}/lane/lane-reader.ts`
const ANSWER_HOLD = `${CORE}/lane/answer-hold.ts`
const FAULT_SWITCH = `${CORE}/concurrent/fault-switch.ts`
const BROKER_STATE = 'packages/broker/src/wire/broker-state.ts'
const DOORBELL = `${CORE}/concurrent/doorbell.ts`

type Row = [mutant: string, invariants: string, fails: string, file: string, symbol: string]

function mutantsOf(model: string, rows: readonly Row[]): Mutant[] {
  return rows.map(([mutant, invariants, fails, file, symbol]) => ({
    model,
    mutant,
    invariants: invariants.split(' '),
    fails,
    file,
    symbol,
  }))
}

export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf('doorbell', [
    ['ADD_BEFORE_PARKED', 'INV-7', 'every_wait_ends', DOORBELL, 'ring()'],
    ['CHANGE_AFTER_RING', 'INV-7', 'every_wait_ends', DOORBELL, 'ring()'],
    ['WAKES_ONE', 'INV-7', 'every_wait_ends', DOORBELL, 'ring()'],
    ['PARKED_BEFORE_SEQUENCE', 'INV-8', 'every_wait_ends', DOORBELL, '#announce()'],
    ['LOOK_BEFORE_PARKED', 'INV-8', 'every_wait_ends', DOORBELL, 'waitSync('],
    ['WAITER_CLEARS_PARKED', 'INV-8', 'every_wait_ends', DOORBELL, 'waitAsync('],
    ['NO_SECOND_LOOK', 'INV-8', 'wait_ends_with_what_it_waits_for', DOORBELL, 'waitAsync('],
    ['ORDINARY_RING_AFTER_DEATH', 'INV-11', 'every_wait_ends', DOORBELL, 'ringUnconditionally()'],
    [
      'RING_BEFORE_STATE',
      'INV-41',
      'every_wait_ends',
      `${CORE}/ring/partition-state.ts`,
      'setOffline()',
    ],
  ]),
  ...mutantsOf('storage', [
    [
      'OFFSET_BEFORE_POSITION',
      'INV-111',
      'acknowledged_is_visible',
      `${CORE}/ring/partition-storage.ts`,
      'advanceHighWatermark(',
    ],
    ['HIGH_WATERMARK_BEFORE_WRITTEN', 'INV-112', 'acknowledged_is_kept', FOLLOWER, 'step('],
    [
      'UNLINK_BEFORE_LOG_START',
      'INV-113',
      'deleted_is_said',
      'packages/storage/src/segment/segmented-log.ts',
      'deleteBefore(',
    ],
    ['LAPPED_UNNOTICED', 'INV-3', 'reader_finds_what_is_visible', RING_READER, '#copyBatches('],
    ['FLUSHED_OF_LATER_WRITES', 'INV-115', 'acknowledged_is_synced', FOLLOWER, '#syncIfDue('],
    [
      'MORE_THAN_A_RING_AHEAD',
      'INV-125 INV-126',
      'follower_reads_what_was_published',
      `${WORKER}/disk/log-on-disk.ts`,
      'mayGrowTo(',
    ],
  ]),
  ...mutantsOf('sync', [
    [
      'REQUESTED_BEFORE_DESCRIPTOR',
      'INV-160',
      'sync_is_of_what_was_asked_for',
      SYNC_SLOT,
      'request(',
    ],
    ['ANSWERED_BEFORE_FAULT', 'INV-160', 'synced_is_on_disk', SYNC_SLOT, 'answer('],
    [
      'SLOT_USED_AGAIN',
      'INV-160',
      'failed_sync_is_not_repeated',
      SYNC_THREAD_HOST,
      '#startThread()',
    ],
    ['REST_AFTER_FAULT', 'INV-160', 'files_are_synced_in_order', SYNC_THREAD_HOST, 'look()'],
    ['END_IS_NOT_TOLD', 'INV-160', 'every_sync_ends', SYNC_THREAD_HOST, '#startThread()'],
  ]),
  ...mutantsOf('gate', [
    ['BLOCKED_AFTER_GATES', 'INV-9', 'append_ends', `${WORKER}/full-ring.ts`, '#serveQueue()'],
    ['BLOCKED_BEFORE_RELEASE', 'INV-9', 'append_ends', `${CORE}/gate/gate.ts`, 'release('],
    [
      'MOVE_AND_REFUSED_COMMIT_WITHOUT_RING',
      'INV-9 INV-62',
      'append_ends',
      `${CORE}/gate/grant.ts`,
      'commit(',
    ],
    [
      'RELEASE_BEFORE_COPY',
      'INV-10',
      'held_record_is_kept',
      'packages/consumer/src/assigned-partition.ts',
      'release(',
    ],
    [
      'ORDINARY_RING_AT_CLOSE',
      'INV-11',
      'append_ends',
      `${WORKER}/partition-worker.ts`,
      'closeReader(',
    ],
    [
      'REGISTER_IN_TWO_TURNS',
      'INV-31',
      'held_record_is_kept',
      `${WORKER}/partition-worker.ts`,
      'openReader(',
    ],
    ['HANDED_BEFORE_WRITTEN', 'INV-31', 'append_ends', `${CORE}/gate/gate-table.ts`, 'open('],
    [
      'MOVE_IN_TWO_TURNS',
      'INV-31',
      'held_record_is_kept',
      `${WORKER}/partition-gates.ts`,
      'moveGroup(',
    ],
    ['MOVE_WITHOUT_RING', 'INV-62', 'append_ends', `${WORKER}/partition-gates.ts`, 'moveGroup('],
    ['CLOSE_WITHOUT_RING', 'INV-62', 'append_ends', `${WORKER}/partition-gates.ts`, '#close('],
  ]),
  ...mutantsOf('grant', [
    ['LOOK_BEFORE_COMMIT', 'INV-30', 'accepted_commit_is_kept', `${CORE}/gate/grant.ts`, 'commit('],
    ['READ_BEFORE_REVOKE', 'INV-30', 'accepted_commit_is_kept', GROUP_GATE, '#move('],
    ['TOLD_BEFORE_WRITTEN', 'INV-31', 'accepted_commit_is_kept', GROUP_GATE, '#move('],
    ['MEMORY_USED_AGAIN', 'INV-32', 'accepted_commit_is_kept', GROUP_GATE, '#move('],
  ]),
  ...mutantsOf('member', [
    ['EPOCH_BEFORE_FENCE', 'INV-33', 'member_learns_of_its_end', MEMBER_MEMORY, 'setFence('],
    ['NO_WAITING_MARK', 'INV-34', 'waiting_member_is_not_put_out', POLL_GROUP, 'beginWaiting('],
    ['NO_BEAT_AFTER_WAITING', 'INV-34', 'stuck_member_is_put_out', POLL_GROUP, 'endWaiting('],
  ]),
  ...mutantsOf('ring', [
    [
      'SUCCESSOR_BEFORE_DEATH',
      'INV-1',
      'batch_is_whole',
      `${WORKER}/partition-host.ts`,
      'class PartitionHost',
    ],
    ['EVICT_BY_STORE', 'INV-2', 'batch_is_whole', RING_WRITER, '#advanceStart('],
    ['OVERWRITE_BEFORE_EVICT', 'INV-2', 'batch_is_whole', RING_WRITER, '#advanceStart('],
    ['VALIDATE_BY_LOAD', 'INV-3', 'batch_is_whole', RING_READER, '#loadStartPosition('],
    ['VALIDATE_BEFORE_COPY', 'INV-3', 'batch_is_whole', RING_READER, '#copyBatches('],
    ['END_BEFORE_BYTES', 'INV-4', 'batch_is_whole', RING_WRITER, 'append('],
    ['ENTRY_AFTER_PUBLISH', 'INV-5', 'search_starts_before_the_batch', RING_WRITER, '#index.add('],
    [
      'END_AFTER_ENTRY',
      'INV-5',
      'search_starts_before_the_batch',
      RING_READER,
      '#loadEndPosition(',
    ],
    ['SEARCH_BEFORE_START', 'INV-5', 'reader_ends', RING_READER, '#walkTo('],
    ['POSITION_BEFORE_OFFSET', 'INV-6', 'no_offset_is_skipped', RING_WRITER, '#advanceStart('],
    ['NO_SECOND_LOOK', 'INV-6', 'no_offset_is_skipped', RING_READER, '#positionOf('],
  ]),
  ...mutantsOf('lane', [
    ['COUNT_BEFORE_FRAME', 'INV-21', 'frame_is_whole', LANE_WRITER, 'tryWrite('],
    ['SLOT_TAKEN_UNREAD', 'INV-22', 'frame_is_whole', LANE_WRITER, 'tryWrite('],
    ['COUNT_BEFORE_ANSWER', 'INV-23', 'answer_is_of_its_frame', LANE_READER, '#answer('],
    ['TWO_WORDS', 'INV-23', 'appended_once_and_in_order', LANE_READER, '#answer('],
    [
      'NOTE_AFTER_PUBLISH',
      'INV-24',
      'appended_once_and_in_order',
      `${WORKER}/partition-log.ts`,
      '#appendValid(',
    ],
    ['FRAME_BEFORE_NOTE', 'INV-24', 'acknowledged_is_in_the_log', LANE_READER, 'notePending('],
    [
      'ANSWER_IN_LATER_TURN',
      'INV-24',
      'note_is_of_the_last_batch',
      `${WORKER}/partition-log.ts`,
      '#appendValid(',
    ],
    ['RECOVER_AFTER_APPEND', 'INV-25', 'note_is_of_the_last_batch', LANE_READER, 'recover('],
    ['NOTE_IS_KEPT', 'INV-25', 'acknowledged_is_in_the_log', LANE_READER, '#dropNote('],
    ['NOT_BEHIND_REFUSED', 'INV-26', 'appended_once_and_in_order', LANE_READER, '#isBehindRefused'],
    ['NO_SECOND_LOOK_BY_WORKER', 'INV-28', 'every_batch_is_answered', LANE_READER, '#findFrames('],
    [
      'NO_SECOND_LOOK_BY_PRODUCER',
      'INV-28',
      'unanswered_is_not_in_the_log',
      LANE_WRITER,
      '#findAnswers(',
    ],
  ]),
  ...mutantsOf('hold', [
    ['HELD_AFTER_ANSWER', 'INV-90', 'held_answer_is_not_seen', ANSWER_HOLD, 'begin('],
    ['LOOK_BEFORE_COUNT', 'INV-90', 'held_answer_is_not_seen', LANE_WRITER, '#loadAnswerCount('],
    ['NO_LOOK_AT_EARLIER_HOLD', 'INV-90', 'answers_make_sense', LANE_WRITER, '#loadAnswerCount('],
    ['STATE_BEFORE_SHOWN', 'INV-90', 'unanswered_is_not_in_the_log', LANE_READER, 'close('],
  ]),
  ...mutantsOf('fault', [
    ['STRIKE_BY_STORE', 'INV-91', 'lifted_fault_does_not_strike', FAULT_SWITCH, '#leave('],
    ['CALL_OFF_BY_STORE', 'INV-91', 'lifted_fault_does_not_strike', FAULT_SWITCH, 'callOff('],
    [
      'NO_LOOK_AT_CALLED_OFF',
      'INV-91',
      'called_off_fault_strikes_no_more',
      FAULT_SWITCH,
      'strike(',
    ],
    ['END_IS_NOT_TOLD', 'INV-91', 'fate_is_known', FAULT_SWITCH, 'end('],
  ]),
  ...mutantsOf('ended', [
    ['STATE_BEFORE_CAUSE', 'INV-92', 'cause_is_told', BROKER_STATE, 'setEnded('],
    ['CRASHED_BY_STORE', 'INV-92', 'closed_broker_has_not_crashed', BROKER_STATE, 'setEnded('],
  ]),
]
