export const TOPIC = 'orders'
/** Where handlers write what they have done: see `writeDone` in `handlers/done.ts`. */
export const DONE = 'done'
