import type { BlockedEvent } from '@ringlog/core/internal'
import type { PartitionEvent } from '@ringlog/partition-worker'
import { describe, expect, test } from 'vitest'
import { ThrottledReport } from '../src/throttled-report.ts'
import { Pauses, Rig, batchOf, deadline } from './rig.ts'

describe('a report', () => {
  test('is made at once, and what comes meanwhile when its interval is over, once', () => {
    const pauses = new Pauses()
    let reports = 0
    const report = new ThrottledReport(() => ++reports > 0, pauses.clock)
    report.request()
    expect(reports).toBe(1)
    for (let i = 0; i < 100; i++) report.request()
    expect(reports).toBe(1)
    pauses.pass()
    expect(reports).toBe(2)
    pauses.pass()
    pauses.pass()
    expect(reports).toBe(2)
    report.request()
    expect(reports).toBe(3)
  })

  test('that had nothing to say does not make the next one wait', () => {
    const pauses = new Pauses()
    let hasNews = false
    let reports = 0
    const report = new ThrottledReport(() => {
      if (hasNews) reports++
      return hasNews
    }, pauses.clock)
    report.request()
    hasNews = true
    report.request()
    expect(reports).toBe(1)
  })
})

/** Lets the log notice that nothing waits any more. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

const kibibyte = (): Uint8Array => batchOf(['x'.repeat(1000)])

describe('a log that is blocked', () => {
  test('says so when it begins and ends, who holds, and counts for how long', async () => {
    const pauses = new Pauses()
    const events: BlockedEvent[] = []
    const onEvent = ({ type, event }: PartitionEvent): void => {
      if (type === 'blocked') events.push(event)
    }
    const rig = new Rig({ onEvent, clock: pauses.clock })
    const gate = rig.gate(0, 'reports')
    await rig.fill()
    await turn()
    pauses.pass()
    pauses.pass()
    events.splice(0)
    const { blockedTotal } = rig.log.metrics
    const waiting = rig.log.append(kibibyte(), deadline())
    expect(rig.log.metrics).toMatchObject({ isBlocked: true, blockedTotal: blockedTotal + 1 })
    await new Promise((resolve) => setTimeout(resolve, 20))
    gate.release(10)
    await waiting
    await turn()
    expect(rig.log.metrics.isBlocked).toBe(false)
    expect(rig.log.metrics.blockedMsTotal).toBeGreaterThanOrEqual(19)
    pauses.pass()
    const holder = {
      groupId: null,
      consumerId: 'id-reports',
      clientId: 'reports',
      hasLiveMembers: true,
    }
    expect(events).toMatchObject([
      {
        topic: 'orders',
        partition: 3,
        isBlocked: true,
        waitingAppends: 1,
        holder: { ...holder, offset: 0 },
      },
      { isBlocked: false, waitingAppends: 0, holder: { ...holder, offset: 10 } },
    ])
    expect(events[1]!.blockedMs).toBeGreaterThanOrEqual(19)
  })

  test('many times a second says so once', async () => {
    const pauses = new Pauses()
    const events: PartitionEvent[] = []
    const rig = new Rig({ onEvent: (event) => events.push(event), clock: pauses.clock })
    const gate = rig.gate(0)
    const filled = await rig.fill()
    await turn()
    pauses.pass()
    pauses.pass()
    events.splice(0)
    for (let i = 1; i < 20; i++) {
      const waiting = rig.log.append(kibibyte(), deadline())
      gate.release(filled + i)
      await waiting
      await rig.fill()
      await turn()
    }
    expect(events.length).toBeLessThanOrEqual(1)
    expect(rig.log.metrics.blockedTotal).toBeGreaterThanOrEqual(20)
  })
})
