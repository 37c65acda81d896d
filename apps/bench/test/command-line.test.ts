import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseCommandLine, type BenchCommand } from '../src/command-line.ts'

class Exit extends Error {
  readonly code: number
  readonly text: string

  constructor(code: number, text: string) {
    super(`exit ${code}: ${text}`)
    this.code = code
    this.text = text
  }
}

afterEach(() => vi.restoreAllMocks())

/** What ends the process in earnest is thrown here, with what was printed. */
function parse(...args: string[]): BenchCommand {
  let printed = ''
  const print = (chunk: unknown): boolean => {
    printed += String(chunk)
    return true
  }
  vi.spyOn(process.stderr, 'write').mockImplementation(print)
  vi.spyOn(process.stdout, 'write').mockImplementation(print)
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Exit(Number(code), printed)
  })
  return parseCommandLine(args)
}

function refusal(...args: string[]): Exit {
  try {
    parse(...args)
  } catch (error) {
    if (error instanceof Exit) return error
    throw error
  }
  throw new Error(`${args.join(' ')} was accepted`)
}

describe('the command line', () => {
  test('asks for the default suite when it is empty', () => {
    expect(parse()).toEqual({
      isList: false,
      isFull: false,
      scenarios: null,
      scenarioFiles: [],
      rivals: [],
      runs: 5,
      jsonFile: null,
      compareFile: null,
      htmlFile: null,
      fromFile: null,
      watchPort: null,
      parameters: {},
      matrix: [],
    })
  })

  test('takes every flag, with its unit in the parameter', () => {
    const line =
      '--list --scenario rpc-1p1c,rival-comlink --rivals kafka,disruptor --runs 7 --json a/b.json --html c.html --compare old.json --records 1000 ' +
      '--record-size 512 --batch-size 16384 --linger 0 --partitions 4 --producers 2 --consumers 3 ' +
      '--wait busySpin --duration 2000 --load 80 --seed 42 --watch 8080'
    expect(parse(...line.split(' '))).toEqual({
      isList: true,
      isFull: false,
      scenarios: ['rpc-1p1c', 'rival-comlink'],
      scenarioFiles: [],
      rivals: ['kafka', 'disruptor'],
      runs: 7,
      jsonFile: 'a/b.json',
      compareFile: 'old.json',
      htmlFile: 'c.html',
      fromFile: null,
      watchPort: 8080,
      parameters: {
        records: 1000,
        recordSizeBytes: 512,
        batchSizeBytes: 16_384,
        lingerMs: 0,
        partitions: 4,
        producers: 2,
        consumers: 3,
        wait: 'busySpin',
        durationMs: 2000,
        loadPercent: 80,
        seed: 42,
      },
      matrix: [],
    })
  })

  test('watches on a port that is free, unless one is given', () => {
    expect(parse('--watch').watchPort).toBe(0)
    expect(parse('--watch', '--runs', '1')).toMatchObject({ watchPort: 0, runs: 1 })
    expect(refusal('--watch', '70000').text).toContain('from 1 to 65535')
  })

  test('takes names of scenarios with blanks between them', () => {
    expect(parse('--scenario', 'a, b ,c').scenarios).toEqual(['a', 'b', 'c'])
  })

  test('takes modules of the user among the names, or by themselves', () => {
    expect(parse('--scenario', './mine.ts,rpc-1p1c,a/other.mjs,third.js')).toMatchObject({
      scenarios: ['rpc-1p1c'],
      scenarioFiles: ['./mine.ts', 'a/other.mjs', 'third.js'],
    })
    expect(parse('--scenario-file', 'mine')).toMatchObject({
      scenarios: [],
      scenarioFiles: ['mine'],
    })
  })

  test('takes a matrix of parameters', () => {
    const line = '--matrix wait=park,busySpin record-size=20,400 --runs 3'
    const expected = [
      { label: 'wait', name: 'wait', values: ['park', 'busySpin'] },
      { label: 'record-size', name: 'recordSizeBytes', values: [20, 400] },
    ]
    expect(parse(...line.split(' '))).toMatchObject({ runs: 3, matrix: expected })
  })

  test('asks for all there is', () => {
    expect(parse('--full')).toMatchObject({ isFull: true, scenarios: null })
  })

  test('prints what there is for --help', () => {
    const { code, text } = refusal('--help')
    expect(code).toBe(0)
    for (const flag of ['--list', '--scenario', '--records', '--wait', '--runs', '--json']) {
      expect(text).toContain(flag)
    }
  })
})

describe('a bad command line ends the process with what is wrong', () => {
  const NUMBERS: Array<[flag: string, min: number, tooLow: string]> = [
    ['--records', 1, '0'],
    ['--record-size', 5, '4'],
    ['--batch-size', 256, '255'],
    ['--linger', 0, '-1'],
    ['--partitions', 1, '0'],
    ['--producers', 1, '0'],
    ['--consumers', 1, '0'],
    ['--duration', 100, '99'],
    ['--seed', 0, '-1'],
    ['--runs', 1, '0'],
  ]

  test.each(
    NUMBERS.flatMap(([flag, min, tooLow]) =>
      [tooLow, '1.5', 'many', '', ' ', '-3', '1e3', '0x10', 'Infinity', '99999999999999999999'].map(
        (value) => [flag, value, min] as const,
      ),
    ),
  )('%s %o', (flag, value, min) => {
    const { code, text } = refusal(`${flag}=${value}`)
    expect(code).toBe(1)
    expect(text).toContain(`option '${flag}`)
    expect(text).toContain(`argument '${value}' is invalid`)
    expect(text).toContain(`It must be a whole number from ${min} to `)
  })

  test('more records than can be numbered', () => {
    expect(parse('--records', '3000000000').parameters).toEqual({ records: 3_000_000_000 })
    expect(refusal('--records', '3000000001').text).toContain('from 1 to 3000000000')
  })

  test.each(['--recrods=5'])('an unknown flag: %s', (flag) => {
    const { code, text } = refusal(flag)
    expect(code).toBe(1)
    expect(text).toContain(`unknown option '${flag}'`)
  })

  test.each(
    NUMBERS.map(([flag]) => flag).concat(
      '--scenario',
      '--scenario-file',
      '--rivals',
      '--json',
      '--compare',
      '--html',
      '--from',
      '--wait',
    ),
  )('%s without a value', (flag) => {
    const { code, text } = refusal(flag)
    expect(code).toBe(1)
    expect(text).toMatch(new RegExp(`option '${flag} <[a-z]+>' argument missing`))
  })

  test('a wait strategy that is none', () => {
    const { text } = refusal('--wait', 'sleep')
    expect(text).toContain("argument 'sleep' is invalid")
    expect(text).toContain('park, spinThenPark, busySpin')
  })

  test.each(['', ',', 'rpc-1p1c,', ' ,rpc-1p1c'])('no name among the scenarios: %o', (names) => {
    expect(refusal(`--scenario=${names}`).text).toContain('names of scenarios, separated by commas')
  })

  test('all scenarios and some of them', () => {
    const { code, text } = refusal('--full', '--scenario', 'rpc-1p1c')
    expect(code).toBe(1)
    expect(text).toContain("option '--full' cannot be used with option '--scenario <names>'")
  })

  test.each(['aeron', 'kafka,', '', 'kafka,aeron'])('no rival from outside: %o', (names) => {
    expect(refusal(`--rivals=${names}`).text).toContain(
      'It must be of disruptor, kafka, redis, separated',
    )
  })

  const keys = 'of wait, records, record-size, batch-size, linger, partitions, producers, consumers'
  test.each([
    ['wait', keys],
    ['wait=', keys],
    ['wait=park,sleep', "'sleep' is no way to wait; it must be of park, spinThenPark, busySpin"],
    ['colour=red', keys],
    ['=1', keys],
    ['partitions=', keys],
    ['record-size=3', 'It must be a whole number from 5'],
    ['partitions=1,', 'It must be a whole number from 1'],
  ])('no axis of a matrix: %o', (axis, why) => {
    const { code, text } = refusal('--matrix', axis)
    expect(code).toBe(1)
    expect(text).toContain(`'${axis}' is invalid.`)
    expect(text).toContain(why)
  })

  test('a parameter twice', () => {
    expect(refusal('--matrix', 'wait=park', '--wait', 'park').text).toContain('wait is given twice')
    const axes = ['partitions=1', 'partitions=2']
    expect(refusal('--matrix', ...axes).text).toContain('partitions is given twice')
  })

  test('a page of an old report without a file for it, or beside a measurement', () => {
    expect(parse('--from', 'old.json', '--html', 'a.html')).toMatchObject({
      fromFile: 'old.json',
      htmlFile: 'a.html',
    })
    expect(refusal('--from', 'old.json').text).toContain('give both')
    for (const flag of ['--full', '--scenario=a', '--json=b.json']) {
      const { text } = refusal('--from', 'old.json', '--html', 'a.html', flag)
      expect(text).toContain("'--from <report>' cannot be used with option '" + flag.split('=')[0])
    }
  })

  test('a word without a flag', () => {
    const { code, text } = refusal('rpc-1p1c')
    expect(code).toBe(1)
    expect(text).toContain('too many arguments')
  })
})
