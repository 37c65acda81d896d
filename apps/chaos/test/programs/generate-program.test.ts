import { describe, expect, test } from 'vitest'
import { generateProgram } from '../../src/programs/generate-program.ts'
import type { ActorSpec, Program } from '../../src/programs/program.ts'

const PROGRAMS = Array.from({ length: 400 }, (_, index) => generateProgram(11, index))

function actorsOf({ threads }: Program): ActorSpec[] {
  return threads.flatMap(({ actors }) => actors)
}

describe('a random program', () => {
  test('is the same for the same seed and index, and another for others', () => {
    expect(generateProgram(11, 3)).toEqual(PROGRAMS[3])
    expect(generateProgram(11, 4)).not.toEqual({ ...PROGRAMS[3], index: 4 })
    expect(generateProgram(12, 3)).not.toEqual({ ...PROGRAMS[3], seed: 12 })
  })

  test('is plain data', () => {
    for (const program of PROGRAMS) expect(JSON.parse(JSON.stringify(program))).toEqual(program)
  })

  test('names every actor once, and only topics and groups that there are', () => {
    for (const program of PROGRAMS) {
      const names = actorsOf(program).map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
      const topics = program.topics.map(({ name }) => name)
      for (const { topics: read } of program.groups)
        expect(topics).toEqual(expect.arrayContaining([...read]))
    }
  })

  test('never moves a strict group by hand', () => {
    const strict = PROGRAMS.filter(({ groups }) => groups.some(({ isStrict }) => isStrict))
    expect(strict.length).toBeGreaterThan(100)
    for (const program of strict) {
      const ids = program.groups.filter(({ isStrict }) => isStrict).map(({ id }) => id)
      for (const actor of actorsOf(program)) {
        if (actor.kind !== 'consumer' || !ids.includes(actor.config.groupId ?? '')) continue
        const moves = actor.actions.map((action) => action.do)
        expect(moves).not.toContain('commitBack')
        expect(moves).not.toContain('seekToEnd')
      }
      for (const action of program.administration) {
        if (action.do === 'resetGroup') expect(ids).not.toContain(action.group)
      }
      for (const { name, config, isMortal } of program.topics) {
        const readers = program.groups.filter(
          ({ isStrict, topics }) => isStrict && topics.includes(name),
        )
        expect(config.gatingGroups ?? []).toEqual(readers.map(({ id }) => id))
        if (readers.length > 0) expect([isMortal, config.whenFull]).not.toContain('evict')
      }
    }
  })

  test('does, sooner or later, whatever a program can do', () => {
    const done = new Set(
      PROGRAMS.flatMap((program) => [
        ...actorsOf(program).flatMap((actor) =>
          actor.kind === 'pool' ? ['pool'] : actor.actions.map((action) => action.do),
        ),
        ...program.administration.map((action) => action.do),
      ]),
    )
    expect([...done].sort()).toEqual([
      'addPartitions',
      'block',
      'commit',
      'commitBack',
      'deleteRecords',
      'describe',
      'drained',
      'flush',
      'interrupt',
      'iterate',
      'observe',
      'pause',
      'poll',
      'pool',
      'recreate',
      'reopen',
      'resetGroup',
      'resubscribe',
      'resume',
      'seekBack',
      'seekToBeginning',
      'seekToEnd',
      'send',
      'sleep',
      'stream',
      'tryWrite',
      'write',
    ])
  })
})
