import { serdes, type Serde } from '@ringlog/core'
import { expectTypeOf } from 'vitest'

/** Checked by the compiler, with the rest of the tests; nothing of it runs. */
expectTypeOf(serdes.bytes).toEqualTypeOf<Serde<Buffer | null>>()
expectTypeOf(serdes.string).toEqualTypeOf<Serde<string | null>>()
expectTypeOf(serdes.number).toEqualTypeOf<Serde<number | null>>()
expectTypeOf(serdes.json<{ id: number }>()).toEqualTypeOf<Serde<{ id: number }>>()
expectTypeOf(serdes.structured<Map<string, bigint>>()).toEqualTypeOf<Serde<Map<string, bigint>>>()

// A serde for a key that is always there.
const id: Serde<number> = {
  serialize: (value) => String(value),
  deserialize: (bytes) => Number(bytes),
}
expectTypeOf(id.serialize(5)).toEqualTypeOf<string | Uint8Array | null>()
// @ts-expect-error
serdes.string.serialize(5)
