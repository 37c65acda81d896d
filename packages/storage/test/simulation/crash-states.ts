import { seededRandom } from '@ringlog/test-kit'
import { checkRecovered } from './check-recovered.ts'
import { PowerLoss, SimulatedFileSystem } from './simulated-file-system.ts'
import { isOfCompaction, isOfSyncs, type Mutant } from './mutants.ts'
import { pick } from './simulated-file.ts'
import { StorageSession, SyncFailed, type Expectation } from './storage-session.ts'

/** Of one life: sessions that follow one another on the same disk. */
const CRASHES_PER_LIFE = 3
/** So many of the states that a crash may leave are recovered and checked. */
const STATES_PER_CRASH = 4
const MAX_STEPS_PER_SESSION = 30

export interface CrashStatesResult {
  /** How many were recovered and checked. */
  readonly states: number
  /** Of those, how many lost the power again while they were recovered. */
  readonly crashedInRecovery: number
  /** What the first was that is not as it must be, with the seed that leads there; `null`: all are. */
  readonly failure: string | null
}

/** Goes through so many states that a disk may have after the loss of power; stops at the first failure. */
export function runCrashStates(
  states: number,
  seed: number,
  mutant: Mutant | null = null,
): CrashStatesResult {
  const count = { states: 0, crashedInRecovery: 0 }
  for (let life = 0; count.states < states; life++) {
    try {
      live(seededRandom(seed + life), mutant, count)
    } catch (error) {
      return { ...count, failure: `RINGLOG_TEST_SEED=${seed + life}: ${(error as Error).message}` }
    }
  }
  return { ...count, failure: null }
}

function live(
  random: () => number,
  mutant: Mutant | null,
  count: { states: number; crashedInRecovery: number },
): void {
  let disk = new SimulatedFileSystem()
  disk.makeDirectory('/data')
  disk.syncDirectory('/')
  let expected: Expectation = {
    isCompacted: mutant === null ? random() < 0.5 : isOfCompaction(mutant),
    flushMessages: mutant !== null && isOfSyncs(mutant) ? 1 : pick([null, 1, 1, 3], random),
    checksums: new Map(),
    records: new Map(),
    safeOffset: 0,
    logStartOffset: 0,
    logStartAtMost: 0,
  }
  for (let crash = 0; crash < CRASHES_PER_LIFE; crash++) {
    disk.losePowerAfter(Math.floor(random() * 160))
    runUntilPowerLoss(disk, expected, mutant, random)
    for (let state = 0; state < STATES_PER_CRASH; state++) {
      const result = recover(disk, copyOf(expected), mutant, random, count)
      count.states++
      if (state === STATES_PER_CRASH - 1) ({ disk, expected } = result)
    }
  }
}

function runUntilPowerLoss(
  disk: SimulatedFileSystem,
  expected: Expectation,
  mutant: Mutant | null,
  random: () => number,
): void {
  for (;;) {
    try {
      runSession(new StorageSession(disk, expected, mutant), random)
    } catch (error) {
      if (error instanceof PowerLoss) return
      if (!(error instanceof SyncFailed)) throw error
    }
  }
}

function runSession(session: StorageSession, random: () => number): void {
  // All that it has found is synced, also what the session before has written and not synced.
  session.begin()
  const steps = Math.floor(random() * MAX_STEPS_PER_SESSION)
  for (let step = 0; step < steps; step++) session.step(random)
  session.end()
}

function copyOf(expected: Expectation): Expectation {
  const { checksums, records } = expected
  return { ...expected, checksums: new Map(checksums), records: new Map(records) }
}

/** Recovers a state that the crash may have left; the power may be lost again meanwhile. */
function recover(
  crashed: SimulatedFileSystem,
  expected: Expectation,
  mutant: Mutant | null,
  random: () => number,
  count: { crashedInRecovery: number },
): { disk: SimulatedFileSystem; expected: Expectation } {
  let disk = crashed.afterPowerLoss(random)
  for (;;) {
    const isLostAgain = random() < 0.3
    if (isLostAgain) disk.losePowerAfter(Math.floor(random() * 30))
    try {
      const { log } = new StorageSession(disk, expected, mutant)
      disk.losePowerAfter(Infinity)
      checkRecovered(log, disk, expected)
      // The log goes on with what it has; all of that is synced.
      expected.safeOffset = log.endOffset
      expected.logStartOffset = log.logStartOffset
      log.abandon()
      return { disk, expected }
    } catch (error) {
      if (!(error instanceof PowerLoss)) throw error
      count.crashedInRecovery++
      disk = disk.afterPowerLoss(random)
    }
  }
}
