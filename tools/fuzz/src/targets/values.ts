import { serdes, type Serde } from '@ringlog/core'
import {
  copyFields,
  decodeHeaders,
  describeThrown,
  show,
  toHeaderList,
} from '@ringlog/core/internal'
import { serialize } from 'node:v8'
import { Choices } from '../input/choices.ts'
import { hostileValue } from '../input/hostile-value.ts'
import { mutateBytes } from '../input/mutate-bytes.ts'
import type { RecordHeaders } from '@ringlog/core'
import { kindOf, refusalOf } from './refusal.ts'
import { demand, type Target } from './target.ts'

const SERDES: ReadonlyArray<readonly [name: string, serde: Serde<unknown>]> = [
  ['bytes', serdes.bytes],
  ['string', serdes.string],
  ['number', serdes.number],
  ['json', serdes.json<unknown>()],
  ['structured', serdes.structured<unknown>()],
]

/**
 * What records carry: headers, and keys and values through serdes. A serde may throw what it likes, which
 * becomes SERIALIZATION_FAILED; what it reads it can write again.
 */
export function valuesTarget(): Target {
  return {
    name: 'values',
    covers: ['serde/serdes', 'record/record-headers', 'errors/show', 'errors/describe-thrown'].map(
      (file) => `packages/core/src/${file}.ts`,
    ),
    generate(random) {
      if (random.chance(0.5)) return random.bytes(2 + random.below(80))
      // Bytes that a serde wrote, and then damaged.
      const [index, value] = random.pick([
        [3, { a: [1, 'two', null, { b: true }] }],
        [4, new Map<unknown, unknown>([[new Date(0), new Set([1n, /x/g])]])],
        [1, 'grüße 🎉'],
      ] as const)
      const written =
        index === 4
          ? serialize(value)
          : Buffer.from(index === 3 ? JSON.stringify(value) : (value as string))
      const bytes = mutateBytes(written, random)
      return Uint8Array.from([1, index, ...bytes])
    },
    run(input) {
      const choices = new Choices(input)
      switch (choices.below(3)) {
        case 0:
          return readHeaders(choices)
        case 1:
          return readValue(choices)
        default:
          return giveHeaders(choices)
      }
    },
  }
}

function readHeaders(choices: Choices): string {
  const bytes = choices.rest()
  let count = 0
  const refusal = refusalOf(() => {
    for (const [name, value] of decodeHeaders(bytes, 0, bytes.length)) {
      count++
      demand(typeof name === 'string', () => 'a header without a name')
      demand(value === null || value.length <= bytes.length, () => 'a value passes the end')
    }
  })
  demand(count <= bytes.length, () => 'there are more headers than bytes')
  return refusal === null ? 'headers' : kindOf(refusal)
}

function readValue(choices: Choices): string {
  const [name, serde] = SERDES[choices.below(SERDES.length)]!
  const bytes = Buffer.from(choices.rest())
  const before = Buffer.from(bytes)
  let value: unknown
  try {
    value = serde.deserialize(bytes)
  } catch (error) {
    demand(typeof describeThrown(error) === 'string', () => 'an error that cannot be described')
    return `${name} refused`
  }
  demand(before.equals(bytes), () => `the serde ${name} changed what it read`)
  demand(typeof show(value) === 'string', () => 'a value that cannot be shown')
  try {
    serde.serialize(value)
  } catch {
    return `${name} read, not written`
  }
  return `${name} read`
}

function giveHeaders(choices: Choices): string {
  const headers = hostileValue(choices) as RecordHeaders
  const value = hostileValue(choices) as string
  const refusal = refusalOf(() => {
    toHeaderList(headers)
    copyFields(null, value, headers)
  })
  return refusal === null ? 'headers taken' : kindOf(refusal)
}
