import type { Option } from '../config/options.ts'
import { show } from '../errors/show.ts'

/**
 * How a thread waits when there is nothing to do.
 *
 * - `"park"`: sleeps at once; costs nothing while idle, and a wake-up of some microseconds.
 * - `"spinThenPark"`: looks again and again for 50 µs, then sleeps.
 * - `{ spinMicros }`: the same for so many microseconds.
 * - `"busySpin"`: never sleeps. Only where every such thread has a core of its own: with more
 *   spinning threads than cores, throughput falls to a fraction.
 *
 * On an event loop a spin lets the loop turn at least every 50 µs.
 *
 * Source: the choice as an option after Agrona's `IdleStrategy` and the Disruptor's `WaitStrategy`.
 */
export type WaitStrategy = 'park' | 'spinThenPark' | 'busySpin' | { spinMicros: number }

const DEFAULT_SPIN_MICROS = 50
const MAX_SPIN_MICROS = 1_000_000

/** For how many microseconds to spin before sleeping; `Infinity` for ever. */
export function spinMicrosOf(strategy: WaitStrategy): number {
  if (strategy === 'park') return 0
  if (strategy === 'spinThenPark') return DEFAULT_SPIN_MICROS
  if (strategy === 'busySpin') return Infinity
  return strategy.spinMicros
}

export function waitStrategyOption(): Option<WaitStrategy> {
  return {
    default: 'park',
    fault: (value) => {
      if (value === 'park' || value === 'spinThenPark' || value === 'busySpin') return null
      if (typeof value === 'object' && value !== null && 'spinMicros' in value) {
        const { spinMicros } = value
        if (typeof spinMicros === 'number' && spinMicros >= 0 && spinMicros <= MAX_SPIN_MICROS) {
          return null
        }
        return `must have spinMicros from 0 to ${MAX_SPIN_MICROS}, got ${show(spinMicros)}`
      }
      return `must be "park", "spinThenPark", "busySpin" or { spinMicros }, got ${show(value)}`
    },
  }
}
