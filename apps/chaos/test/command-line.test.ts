import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseCommandLine, type ChaosCommand } from '../src/command-line.ts'

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
    expect(parse()).toEqual({ seconds: 30, seed: null, programs: null, times: 1 })
  })

  test('takes seconds, a seed, programs and how often', () => {
    const args = ['--seconds', '60', '--seed', '7', '--program', '3, 4', '--times', '10']
    expect(parse(...args)).toEqual({ seconds: 60, seed: 7, programs: [3, 4], times: 10 })
  })

  test('tells what there is', () => {
    for (const flag of ['--seconds', '--seed', '--program', '--times']) {
      expect(() => parse('--help')).toThrow(flag)
    }
  })

  test.each([
    [['--seconds', '0'], 'It must be a whole number from 1 to 4294967295'],
    [['--seed', 'x'], 'It must be a whole number from 0 to 4294967295'],
    [['--seed', '1', '--program', '1,'], 'It must be a whole number from 0'],
    [['--program', '1'], "needs '--seed <n>'"],
    [['--faults'], "unknown option '--faults'"],
    [['word'], 'too many arguments'],
  ])('refuses %o', (args, message) => {
    expect(() => parse(...args)).toThrow(message)
  })
})
