import type { Option } from '../config/options.ts'
import { show } from '../errors/show.ts'
import type { Serde } from './serde.ts'

/** A serde, or `null` where none was given. */
export function serdeOption<T>(): Option<Serde<T> | null> {
  return {
    default: null,
    fault(value) {
      const { serialize, deserialize } = (value ?? {}) as Partial<Serde<T>>
      return typeof serialize === 'function' && typeof deserialize === 'function'
        ? null
        : `must be an object with the functions serialize and deserialize, got ${show(value)}`
    },
  }
}
