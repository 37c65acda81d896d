/** What the tests ask of `sticking-partition.worker.ts`. */

/** The topic whose partitions never get ready. */
export const NEVER_READY = 'never-ready'
/** On this channel: the topic whose threads are to get stuck; they answer, and serve nobody from then on. */
export const STICKING_CHANNEL = 'sticking-partition'
/** On the same channel: each thread that serves its partition answers with its topic. */
export const PING = 'ping'
