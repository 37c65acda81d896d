import type { Draft } from './draft.ts'
import type { ProducerAction, ProducerSpec } from './program.ts'

export function generateProducer(draft: Draft, name: string): ProducerSpec {
  const { random } = draft
  const isPushy = random.chance(draft.isStalled ? 0.7 : 0.2)
  const acks = random.chance(0.1) ? 0 : 'all'
  const isIdempotent = acks !== 0 && random.chance(0.8)
  const requestTimeoutMs = random.pick(isPushy ? [50, 200] : [100, 500, 2_000])
  const lingerMs = random.weighted([
    [4, 0],
    [1, 3],
    [1, 20],
  ])
  return {
    kind: 'producer',
    name,
    config: {
      acks,
      idempotence: isIdempotent,
      transport: random.pick(['shared', 'rpc', 'auto'] as const),
      partitioner: random.pick(['default', 'default', 'sticky', 'roundRobin'] as const),
      batchSizeBytes: random.pick([256, 1_024, 4_096, 16_384]),
      lingerMs,
      bufferMemoryBytes: isPushy ? 32_768 : random.pick([32_768, 65_536, 4_194_304]),
      maxInFlight: random.integer(1, 5),
      // Those that push have records expire that wait and that are on their way at the same time.
      maxBlockMs: isPushy ? random.pick([50, 200]) : random.pick([0, 50, 200, 800, 800]),
      requestTimeoutMs,
      deliveryTimeoutMs: lingerMs + requestTimeoutMs + random.pick([0, 0, 100, 1_000]),
      retryBackoffMs: random.pick([1, 20, 100]),
      compression: random.weighted([
        [8, 'none'],
        [1, 'lz4'],
        [1, 'gzip'],
      ]),
    },
    onFailure: random.weighted([
      [isPushy ? 1 : 4, 'nothing'],
      [3, 'send'],
      [1, 'tryWrite'],
      [1, 'flush'],
      [1, 'throw'],
    ]),
    actions: random.list(4, 10, () => generateAction(draft, isPushy)),
    end: random.chance(0.85) ? 'close' : 'leave',
  }
}

/** @param isPushy Whether it gives far more than rings and memory hold. */
function generateAction({ random, topics }: Draft, isPushy: boolean): ProducerAction {
  const topic = random.pick(topics)
  const writing = {
    topic: topic.name,
    count: random.integer(1, 60),
    valueBytes: random.pick(isPushy ? [1_000, 3_000] : [30, 100, 100, 1_000, 3_000]),
    to: random.weighted([
      [3, null],
      [2, { keys: random.integer(1, 5) }],
      [2, { partition: random.integer(0, topic.config.partitions! - 1) }],
    ]),
    isAwaited: random.chance(isPushy ? 0.2 : 0.6),
  }
  return random.weighted<ProducerAction>([
    [6, { do: 'send', ...writing }],
    [4, { do: 'write', ...writing }],
    [2, { do: 'tryWrite', ...writing }],
    [2, { do: 'flush', timeoutMs: random.pick([50, 500, 3_000]) }],
    [1, { do: 'drained', timeoutMs: random.pick([0, 50, 500]) }],
    [1, { do: 'reopen' }],
    [3, { do: 'sleep', ms: random.integer(1, 60) }],
    [1, { do: 'block', ms: random.pick([5, 50, 300]) }],
  ])
}
