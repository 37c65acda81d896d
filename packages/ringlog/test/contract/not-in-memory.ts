/**
 * Where an in-memory client differs from a broker, because all of it runs in one thread: tests of these things are
 * not run on it. docs/testing.md says the same in these words.
 */
export const NOT_IN_MEMORY = {
  otherThreads:
    'Other threads cannot use the log: `connect()` finds it in the thread that made it, and is refused in others, as is a `ConsumerPool`.',
  blocking:
    '`pollSync` does not wait: only this thread could bring more, so it takes what is there.',
  busyThread:
    'While your code keeps the thread busy, the log stands still as well: a batch whose `requestTimeoutMs` pass meanwhile is refused.',
  ownThreads:
    'No thread can die or be paused: `killPartitionWorker` and `pausePartitionWorker` are refused, and `metrics().threadCount` is 0.',
} as const
