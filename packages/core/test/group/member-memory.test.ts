import { MemberMemory, monotonicMs } from '@ringlog/core/internal'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as layout from '../../src/group/member-memory.ts'

const source = readFileSync(new URL('../../src/group/member-memory.ts', import.meta.url), 'utf8')
const diagram = source.slice(source.indexOf('```text'), source.lastIndexOf('```'))
const words = [...diagram.matchAll(/^ \* +(\d+) {3}([A-Z_]{4,}) +(the member|controller)/gm)].map(
  ([, byte, name, writer]) => ({ byte: Number(byte), name: name!, writer: writer! }),
)

describe("the layout of a member's memory", () => {
  test('is what its diagram says', () => {
    const constants = layout as unknown as Record<string, number>
    expect(words.map(({ name }) => name)).toEqual([
      'ASSIGNMENT_EPOCH',
      'FENCE',
      'FENCE_ELAPSED_MS',
      'LAST_POLL_MS',
    ])
    for (const { byte, name } of words)
      expect([name, constants[`${name}_BYTE`]]).toEqual([name, byte])
    expect(diagram).toContain(`${layout.MEMBER_BYTES}   (end)`)
    expect(new MemberMemory().memory.byteLength).toBe(layout.MEMBER_BYTES)
  })

  test('keeps words of different writers two cache lines apart', () => {
    for (const a of words) {
      for (const b of words) {
        const isApart = Math.floor(a.byte / 128) !== Math.floor(b.byte / 128)
        if (a.writer !== b.writer) expect(isApart).toBe(true)
      }
    }
  })
})

describe("a member's memory", () => {
  test('tells the member what the controller has stored', () => {
    const controller = new MemberMemory()
    const member = new MemberMemory(controller.memory)
    expect([member.assignmentEpoch, member.fence]).toEqual([0, null])
    controller.setAssignmentEpoch(3)
    expect(member.assignmentEpoch).toBe(3)
    for (const reason of layout.FENCE_REASONS) {
      controller.setFence(reason, 1234.5)
      expect(member.assignmentEpoch).toBe(-1)
      expect(member.fence).toEqual({ reason, elapsedMs: 1234 })
    }
  })

  test('tells the controller when the member polled, and that it waits', () => {
    const member = new MemberMemory()
    const controller = new MemberMemory(member.memory)
    const beforeMs = monotonicMs()
    member.beat(beforeMs)
    expect(controller.lastPollMs).toBe(Math.floor(beforeMs))
    member.beginWaiting()
    expect(controller.lastPollMs).toBe(Infinity)
    member.beat(beforeMs + 7)
    expect(controller.lastPollMs).toBe(Math.floor(beforeMs + 7))
  })
})
