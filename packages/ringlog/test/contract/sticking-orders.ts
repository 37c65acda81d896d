/** What the tests ask of `sticking-partition.worker.ts`. */

/** The topic whose partitions never get ready. */
export const NEVER_READY = 'never-ready'
/**
 * On this channel: the topic whose threads are to get stuck, `orders`, or `orders for 5000` ms; they answer, and
 * serve nobody from then on. Or whose threads are to end: `orders dies`.
 */
export const STICKING_CHANNEL = 'sticking-partition'
/** On the same channel: each thread that serves its partition answers with its topic. */
export const PING = 'ping'
