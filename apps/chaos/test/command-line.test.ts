import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseCommandLine, type ChaosCommand } from '../src/command-line.ts'
import { FAULT_FAMILIES } from '../src/programs/fault-families.ts'

const ALL = new Set(Object.keys(FAULT_FAMILIES))

afterEach(() => vi.restoreAllMocks())

/** What ends the process in earnest is thrown here, with what was printed. */
function parse(...args: string[]): ChaosCommand {
  let printed = ''
  const print = (chunk: unknown): boolean => {
    printed += String(chunk)
    return true
  }
  vi.spyOn(process.stderr, 'write').mockImplementation(print)
  vi.spyOn(process.stdout, 'write').mockImplementation(print)
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}: ${printed}`)
  })
  return parseCommandLine(args)
}

describe('the command line', () => {
  test('without anything: half a minute, a fresh seed', () => {
    expect(parse()).toEqual({
      seconds: 30,
      seed: null,
      faults: ALL,
      programs: null,
      times: 1,
    })
  })

  test('takes faults by name, or none', () => {
    expect(parse('--faults', 'kill, acks').faults).toEqual(new Set(['kill', 'acks']))
    expect(parse('--faults', 'none').faults).toEqual(new Set())
  })

  test('takes seconds, a seed, programs and how often', () => {
    const args = ['--seconds', '60', '--seed', '7', '--program', '3, 4', '--times', '10']
    const programs = [3, 4]
    expect(parse(...args)).toEqual({
      seconds: 60,
      seed: 7,
      faults: ALL,
      programs,
      times: 10,
    })
  })

  test('tells what there is', () => {
    for (const flag of ['--seconds', '--seed', '--faults', '--program', '--times', ...ALL]) {
      expect(() => parse('--help')).toThrow(flag)
    }
  })

  test.each([
    [['--seconds', '0'], 'It must be a whole number from 1 to 4294967295'],
    [['--seed', 'x'], 'It must be a whole number from 0 to 4294967295'],
    [['--seed', '1', '--program', '1,'], 'It must be a whole number from 0'],
    [['--program', '1'], "needs '--seed <n>'"],
    [['--seconds'], 'argument missing'],
    [['--seconds', '1.5'], 'It must be a whole number from 1'],
    [['--faults'], 'argument missing'],
    [['--faults', 'kill,fire'], "There is no fault 'fire'; there are kill, pause, acks"],
    [['--faults', ''], "There is no fault ''; there are kill"],
    [['--fault', 'kill'], "unknown option '--fault'"],
    [['word'], 'too many arguments'],
  ])('refuses %o', (args, message) => {
    expect(() => parse(...args)).toThrow(message)
  })
})
