import { describe, expect, test } from 'vitest'
import { PARTITION_WORKER_STEPS } from 'ringlog/testing'
import { describeProgram } from '../../src/programs/describe-program.ts'
import { FAULT_FAMILIES, type FaultFamily } from '../../src/programs/fault-families.ts'
import { planRun, programOf } from '../../src/programs/plan-run.ts'
import type { FaultAction, Program } from '../../src/programs/program.ts'

const ALL = new Set(Object.keys(FAULT_FAMILIES) as FaultFamily[])
const MINUTES = [...planRun(5, 300, ALL)]
const FAULTS = MINUTES.flatMap(({ faults }) => faults)

function only(...families: FaultFamily[]): Program[] {
  return [...planRun(5, 300, new Set(families))]
}

describe('the plan of a run', () => {
  test('is the same for the same seed, and another for others', () => {
    expect([...planRun(5, 300, ALL)]).toEqual(MINUTES)
    expect([...planRun(6, 300, ALL)]).not.toEqual(MINUTES)
  })

  test('has programs that run together for so long', () => {
    for (const seconds of [1, 10, 60]) {
      const plan = [...planRun(5, seconds, ALL)]
      expect(plan.reduce((sum, { runMs }) => sum + runMs, 0)).toBe(seconds * 1_000)
      for (const { runMs, faults } of plan) {
        for (const { atMs } of faults) expect(atMs).toBeLessThan(runMs)
      }
    }
  })

  test('has the same programs, however long it is and whatever is left out', () => {
    expect([...planRun(5, 60, ALL)].slice(0, -1)).toEqual(
      MINUTES.slice(0, [...planRun(5, 60, ALL)].length - 1),
    )
    expect(programOf(5, 2, ALL)).toEqual(MINUTES[2])
    expect(only('kill').map(({ threads }) => threads.length)).toEqual(
      MINUTES.map(({ threads }) => threads.length),
    )
  })

  test('is plain data', () => {
    expect(JSON.parse(JSON.stringify(MINUTES))).toEqual(MINUTES)
  })
})

describe('the load', () => {
  test('has producers on each transport, groups, full rings and an evicting topic', () => {
    for (const { topics, groups, threads } of MINUTES.filter(({ index }) => index % 4 === 0)) {
      const actors = threads.flatMap((thread) => thread.actors)
      const transports = actors.flatMap((actor) =>
        actor.kind === 'producer' ? [actor.config.transport] : [],
      )
      expect(transports).toEqual(['shared', 'rpc', 'shared', 'auto'])
      expect(topics.map(({ config }) => config.whenFull)).toEqual(
        expect.arrayContaining(['block', 'reject', 'evict']),
      )
      expect(groups).toHaveLength(2)
    }
  })

  test('has a pool now and then', () => {
    const isWithPool = MINUTES.filter(({ index }) => index % 4 === 0).map(({ threads }) =>
      threads.some(({ actors }) => actors.some(({ kind }) => kind === 'pool')),
    )
    expect(new Set(isWithPool)).toEqual(new Set([true, false]))
  })
})

describe('the faults of a run', () => {
  test('are of every kind, and kill at every step, a thousand times in five minutes', () => {
    const kinds = new Set<FaultAction['do']>([
      'corruptBatch',
      'delayAcks',
      'dropAcks',
      'failAppends',
      'killThread',
      'killWorker',
      'pauseWorker',
      'rebalance',
    ])
    expect(new Set(FAULTS.map((fault) => fault.do))).toEqual(kinds)
    const steps = FAULTS.flatMap((fault) => (fault.do === 'killWorker' ? [fault.step] : []))
    expect(new Set(steps)).toEqual(new Set([null, ...PARTITION_WORKER_STEPS]))
    expect(steps.length).toBeGreaterThan(1_000)
  })

  test('befall only what there is', () => {
    for (const { topics, groups, threads, faults } of MINUTES) {
      for (const fault of faults) {
        if (fault.do === 'rebalance') expect(groups.map(({ id }) => id)).toContain(fault.group)
        else if (fault.do === 'killThread') {
          expect(threads.map(({ name }) => name)).toContain(fault.thread)
        } else {
          const { partitions } = topics.find(({ name }) => name === fault.at.topic)!.config
          expect(fault.at.partition).toBeLessThan(partitions ?? 1)
        }
      }
    }
  })

  test('are those of the families that are asked for, in their times', () => {
    const kills = only('kill').flatMap(({ faults }) => faults)
    expect(kills).toEqual(FAULTS.filter((fault) => fault.do === 'killWorker'))
    for (const { broker, threads, administration, faults } of only()) {
      expect([broker.killAtMs, faults]).toEqual([null, []])
      expect(threads.every(({ killAtMs }) => killAtMs === null)).toBe(true)
      expect(administration.every((action) => action.do === 'describe')).toBe(true)
    }
    const polls = only('kill').flatMap(({ threads }) =>
      threads.flatMap(({ actors }) =>
        actors.flatMap((actor) => (actor.kind === 'consumer' ? actor.actions : [])),
      ),
    )
    for (const action of polls) if (action.do === 'poll') expect(action.timeoutMs).toBeLessThan(101)
    for (const family of ALL) {
      expect(only(family).map(describeProgram)).not.toEqual(only().map(describeProgram))
    }
  })

  test('are told with their times', () => {
    const text = MINUTES.map(describeProgram).join('\n')
    expect(text).toMatch(/ {2}at \d+\.\d\d s: kill the worker of \w+-\d afterPublish/)
    expect(text.match(/ {2}at /g)!.length).toBeGreaterThanOrEqual(FAULTS.length)
  })
})
