import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Mutant } from '../src/mutants.ts'
import { parsePanOutput, type PanOutput } from '../src/pan-output.ts'
import { readableTrail } from '../src/trail.ts'
import { modelVerdict, mutantVerdict } from '../src/verify-all.ts'

/** What Spin 6.5.2 printed. */
const sample = (name: string): string =>
  readFileSync(new URL(`samples/${name}.txt`, import.meta.url), 'utf8')
const parsed = (name: string): PanOutput => parsePanOutput(sample(name))

const mutant = (fails: string): Mutant => ({
  model: 'doorbell',
  mutant: 'X',
  invariants: ['INV-7'],
  fails,
  file: '',
  symbol: '',
})

describe('the output of a verifier', () => {
  test('that found nothing says so, and that it looked at everything', () => {
    expect(parsed('holds')).toEqual({
      errors: 0,
      failedCheck: null,
      hasAcceptanceCycle: false,
      hasInvalidEnd: false,
      isComplete: true,
      unreached: [],
      states: 748038,
    })
    expect(modelVerdict(false, parsed('holds')).isExpected).toBe(true)
  })

  test('that was cut short is no proof, though it says "errors: 0"', () => {
    expect(parsed('too-deep')).toMatchObject({ errors: 0, isComplete: false })
    expect(modelVerdict(false, parsed('too-deep'))).toMatchObject({
      isExpected: false,
      found: 'was not searched to the end',
    })
  })

  test('names the check that failed', () => {
    const output = parsed('failed-check')
    expect(output.failedCheck).toBe('wait_ends_with_what_it_waits_for')
    expect(modelVerdict(false, output).isExpected).toBe(false)
    expect(mutantVerdict(mutant('wait_ends_with_what_it_waits_for'), false, output)).toMatchObject({
      isExpected: true,
    })
  })

  test('of a formula that failed is one of that formula', () => {
    const output = parsed('acceptance-cycle')
    expect(output).toMatchObject({ errors: 1, failedCheck: null, hasAcceptanceCycle: true })
    expect(mutantVerdict(mutant('every_wait_ends'), true, output).isExpected).toBe(true)
    expect(mutantVerdict(mutant('some_check'), false, output).isExpected).toBe(false)
  })

  test('says that a process stops in the middle', () => {
    expect(parsed('stops').hasInvalidEnd).toBe(true)
    expect(modelVerdict(false, parsed('stops')).isExpected).toBe(false)
  })

  test('says what is never reached, where that is not an end', () => {
    const output = parsed('unreached')
    expect(output.unreached).toEqual(['proctype Worker: unreached.pml:5, state 4, "x = 0"'])
    expect(modelVerdict(false, output).isExpected).toBe(false)
    // Of a formula it is none: what cannot make it fail any more is not followed.
    expect(modelVerdict(true, output).isExpected).toBe(true)
  })

  test('that makes no sense is no proof', () => {
    expect(modelVerdict(false, parsePanOutput('')).isExpected).toBe(false)
    expect(mutantVerdict(mutant('every_wait_ends'), true, parsePanOutput('')).isExpected).toBe(
      false,
    )
  })
})

test('a mutant that holds, or fails by something else, is a surprise', () => {
  expect(mutantVerdict(mutant('every_wait_ends'), true, parsed('holds'))).toMatchObject({
    isExpected: false,
    found: 'does not fail',
  })
  expect(mutantVerdict(mutant('another'), false, parsed('failed-check'))).toMatchObject({
    isExpected: false,
    found: 'fails: wait_ends_with_what_it_waits_for',
  })
})

test('a trail is one line for each step: who, where, what', () => {
  const lines = readableTrail(sample('trail')).split('\n')
  expect(lines[0]).toMatch(/^:init: 0 +\d+ {2}\(run Ringer\(0,0\)\)$/)
  expect(lines.at(-1)).toMatch(/^Waiter \d +\d+ {2}\(!\(isAsleep\[me\]\)\)$/)
  expect(lines.every((line) => /^[:\w]+ \d+ +\d+ {2}\S/.test(line))).toBe(true)
})
