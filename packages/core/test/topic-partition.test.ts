import { RinglogError } from '@ringlog/core'
import { assertTopicName, partitionName } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

/** The error that a name is refused with; `null`: it is taken. */
function refusal(topic: unknown): RinglogError | null {
  try {
    assertTopicName(topic)
    return null
  } catch (error) {
    if (RinglogError.is(error, 'INVALID_TOPIC_EXCEPTION')) return error
    throw error
  }
}

describe('a topic name', () => {
  test.each([
    'a',
    'Z',
    '0',
    'orders',
    'Orders.2024_eu-west',
    '...',
    '.a',
    'a.',
    '-',
    '_',
    '__consumer_offsets',
    'x'.repeat(249),
  ])('is taken as Kafka takes it: %s', (topic) => {
    expect(refusal(topic)).toBeNull()
  })

  test('may hold each of the characters that Kafka allows, and no other', () => {
    const allowed = new Set('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-')
    for (let code = 0; code < 0x300; code++) {
      const character = String.fromCharCode(code)
      expect(refusal(`a${character}b`) === null, `character ${code}`).toBe(allowed.has(character))
    }
  })

  test.each<[string, string]>([
    ['', 'must not be empty'],
    ['.', 'must not be "." or ".."'],
    ['..', 'must not be "." or ".."'],
    ['x'.repeat(250), 'must have at most 249 characters, has 250'],
    ['two words', 'may hold only letters a-z and A-Z, digits, ".", "_", "-"'],
    ['orders\n', 'may hold only letters a-z and A-Z, digits, ".", "_", "-"'],
    ['\norders', 'may hold only letters a-z and A-Z, digits, ".", "_", "-"'],
    ['größe', 'may hold only letters a-z and A-Z, digits, ".", "_", "-"'],
    ['a/b', 'may hold only letters a-z and A-Z, digits, ".", "_", "-"'],
  ])('is refused: %o', (topic, fault) => {
    const error = refusal(topic)
    expect(error?.message).toMatch(/^the topic name ".*" is not valid: it /)
    expect(error?.message.endsWith(` is not valid: it ${fault}`)).toBe(true)
    expect(error?.details).toEqual({ topic })
  })

  test.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
    [['orders'], 'an array of 1'],
    [{ topic: 'orders' }, 'an object (Object)'],
  ])('is refused where it is no string: %o', (topic, shown) => {
    const error = refusal(topic)
    expect(error?.message).toBe(`the topic name ${shown} is not valid: it must be a string`)
    expect(error?.details).toEqual({ topic: shown })
  })
})

describe('the name of a partition', () => {
  test('is that of its topic and its number', () => {
    expect(partitionName('orders', 3)).toBe('orders-3')
    expect(partitionName('orders-3', 0)).toBe('orders-3-0')
  })
})
