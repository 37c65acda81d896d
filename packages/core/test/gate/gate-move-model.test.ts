import { describe, expect, test } from 'vitest'

/**
 * An exhaustive model of an append that waits in a full ring while the gate that holds it is taken from
 * its owner: every interleaving of the steps of the waiting partition worker, of the owner that commits
 * (and whose thread may end after any of its steps), and of the controller that revokes the grant and
 * has the worker move the gate. Whom a ring reaches is another model's matter: here it wakes who sleeps.
 */
interface Protocol {
  /** Whether the worker rings when it has moved a gate (INV-62). */
  moveRings: boolean
  /** Whether the owner's thread may end in the middle of a commit. */
  ownerMayEnd: boolean
}

const PROTOCOL: Protocol = { moveRings: true, ownerMayEnd: true }

interface State {
  /** The worker: it looks at the gate, sleeps, or has appended. BLOCKED is set all the while. */
  append: 'begins' | 'looks' | 'sleeps' | 'appended'
  isBlocked: boolean
  /** Of the first owner's memory; whether it has released what the append waits for. */
  isReleased: boolean
  isRevoked: boolean
  ownerStep: 'stores' | 'looks at revoked' | 'looks at blocked' | 'done'
  handOverStep: 'revokes' | 'moves' | 'done'
  /** What the new owner's memory says; `null`: the gate is in the first one's. */
  movedAs: boolean | null
}

const INITIAL: State = {
  append: 'begins',
  isBlocked: false,
  isReleased: false,
  isRevoked: false,
  ownerStep: 'stores',
  handOverStep: 'revokes',
  movedAs: null,
}

/** All states in which nobody can take a step any more. */
function outcomes(protocol: Protocol): State[] {
  const seen = new Set<string>()
  const ends: State[] = []
  const pending = [INITIAL]
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const key = JSON.stringify(state)
    if (seen.has(key)) continue
    seen.add(key)
    const next = [
      ...appendSteps(state),
      ...ownerSteps(state, protocol),
      ...handOverSteps(state, protocol),
    ]
    pending.push(...next)
    if (next.length === 0) ends.push(state)
  }
  return ends
}

const hasRoom = ({ movedAs, isReleased }: State): boolean => movedAs ?? isReleased

function rung(state: State): State {
  return state.append === 'sleeps' ? { ...state, append: 'looks' } : state
}

function appendSteps(state: State): State[] {
  if (state.append === 'begins') return [{ ...state, isBlocked: true, append: 'looks' }]
  if (state.append === 'looks')
    return [{ ...state, append: hasRoom(state) ? 'appended' : 'sleeps' }]
  return []
}

function ownerSteps(state: State, { ownerMayEnd }: Protocol): State[] {
  const next: State[] = []
  if (state.ownerStep === 'stores') {
    next.push({ ...state, isReleased: true, ownerStep: 'looks at revoked' })
  } else if (state.ownerStep === 'looks at revoked') {
    next.push({ ...state, ownerStep: state.isRevoked ? 'done' : 'looks at blocked' })
  } else if (state.ownerStep === 'looks at blocked') {
    const done: State = { ...state, ownerStep: 'done' }
    next.push(state.isBlocked ? rung(done) : done)
  }
  if (ownerMayEnd && next.length > 0) next.push({ ...state, ownerStep: 'done' })
  return next
}

/** The worker moves the gate in one turn, so between two steps of its append. */
function handOverSteps(state: State, { moveRings }: Protocol): State[] {
  if (state.handOverStep === 'revokes') {
    return [{ ...state, isRevoked: true, handOverStep: 'moves' }]
  }
  if (state.handOverStep === 'done') return []
  const moved: State = { ...state, movedAs: state.isReleased, handOverStep: 'done' }
  return [moveRings ? rung(moved) : moved]
}

/** There is room, and the append sleeps. */
const isMissed = (state: State): boolean => state.append === 'sleeps' && hasRoom(state)

describe('an append that waits for a gate that is moved (INV-9, INV-62)', () => {
  test('hears of all that is released, in every interleaving', () => {
    const ends = outcomes(PROTOCOL)
    expect(ends.filter(isMissed)).toEqual([])
    // Not for want of cases: it goes on in some, and waits for the next owner in others.
    expect(new Set(ends.map(({ append }) => append))).toEqual(new Set(['appended', 'sleeps']))
  })

  test.each([true, false])('would not, if only the owner rang (and may end: %s)', (ownerMayEnd) => {
    expect(outcomes({ moveRings: false, ownerMayEnd }).some(isMissed)).toBe(true)
  })
})
