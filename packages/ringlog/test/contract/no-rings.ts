import type { Difference } from './difference.ts'

/** The difference that most others of a topic's options come from. */
export const NO_RINGS: Difference = {
  row: '`whenFull`, `ringBytes`, `gatingGroups`, `waitStrategy`, `visibility`, `retentionHeldBy`, `storage` of a topic',
  why: 'There are no rings: consumers hold no producer back, and nothing is full.',
  tests: {
    'closing-full-rings': 'all',
    'full-ring': 'all',
    'group-gating': 'all',
    lanes: 'all',
    'lane-fallback': 'all',
    'lanes-given-back.long': 'all',
    'topics-gating': 'all',
    closing: [
      'fails after timeoutMs what is not acknowledged, and says what may be in the log',
      'when aborted ends as quickly, with the reason',
      'tells of records that nobody awaits, also where all of them were on their way',
      'with its client, closes that too, whatever was lost',
    ],
    'committing-back': [
      'and what the ring has passed by then is taken up at its start, also with "latest"',
    ],
    'consuming-polls': ['a consumer that holds a full ring back'],
    lifecycle: ['fails what cannot be sent within its timeout, and polls that wait'],
    'producing-deadlines': [
      'all that a full ring does not take fails at its time: maxBlockMs',
      'all that a full ring does not take fails at its time: deliveryTimeoutMs',
      'all that a full ring does not take fails at its time: maxBlockMs, with little memory',
      'all that a full ring does not take fails at its time: maxBlockMs, in small batches',
      'all that a full ring does not take fails at its time: maxBlockMs, without numbers',
      'each has its own time, also behind others that wait',
    ],
    'producing-delivery': [
      'flush tells the first error of a record given to write, once',
      'close tells it too, once, and the producer is closed all the same',
      'onDeliveryError is told of every batch that fails: where, and how many records',
      'what is lost when the broker closes is told, by flush or as a warning',
      'whoever closes the client hears of what was lost',
      'acks 0: what goes wrong is counted, and nothing else',
      'the worker waits for room up to maxBlockMs, and says who holds it',
      'a callback that throws harms nothing',
    ],
    'producing-room': [
      'tryWrite takes nothing for a partition that is full, and goes on with another',
      'that holds also where memory is short',
      'drained waits for the partition that is named, until it has room',
      'a wait for room ends in time, or when it is aborted; nothing else changes',
      'waits that end leave nothing behind, however many',
      'a wait for room ends with the producer',
      'a ring that refuses has no part in it when the memory is used up',
      'a full ring of another topic is the cause, not the place, when the memory is used up',
    ],
    'producing-stream': [
      'the source is held back while the ring is full, in bounded memory',
      'the first record that is not delivered destroys it, and fails the pipeline',
    ],
    'producing-writer': ['tells of records that find no room in time, by the next flush'],
    'records-missed': [
      'is told how many records it missed: alone, on a topic that evicts',
      'is told how many records it missed: as an observer',
      'is told how many records it missed: for its group, on a topic that evicts',
    ],
    topics: ['fails the appends that wait for room, and every later one'],
    'topics-observing': [
      'tells who holds it and what to do, in the error, its details and the metrics',
      'is told on ringlog:blocked when it begins and when it is over',
      'of what nobody read is told on ringlog:evicted, counted, and warned of once',
    ],
    'topics-recreated': ['holds the new one back once it is assigned again'],
    'topics-retaining': [
      'lets blocked appends go on',
      'keeps with "block" what a consumer holds, however old, and with "evict" not',
      'is a quarter of the ring where nothing else is said',
    ],
  },
}
