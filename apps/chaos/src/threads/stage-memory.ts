/**
 * What a program's threads share besides the history: two words of 32 bits, which only the stage writes.
 *
 * | word | name  | 1 when                                  |
 * |------|-------|-----------------------------------------|
 * | 0    | BEGUN | all threads are there, and may begin    |
 * | 1    | OVER  | the program's time is over              |
 */
export const BEGUN = 0
export const OVER = 1
export const STAGE_BYTES = 8
