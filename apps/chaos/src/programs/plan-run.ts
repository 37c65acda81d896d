import { withFaults, type FaultFamily } from './fault-families.ts'
import { generateLoad } from './generate-load.ts'
import { generateProgram } from './generate-program.ts'
import type { Program } from './program.ts'

/** Of so many programs, one is a full load; the others are small, and do what is out of the ordinary. */
const CYCLE = 4

/** The program that a seed has at an index: always the same. */
export function programOf(
  seed: number,
  index: number,
  families: ReadonlySet<FaultFamily>,
): Program {
  const program = index % CYCLE === 0 ? generateLoad(seed, index) : generateProgram(seed, index)
  return withFaults(program, families)
}

/** The programs of a seed that together run for so many seconds; the last is cut there. */
export function* planRun(
  seed: number,
  seconds: number,
  families: ReadonlySet<FaultFamily>,
): Generator<Program> {
  let leftMs = seconds * 1_000
  for (let index = 0; leftMs > 0; index++) {
    const program = programOf(seed, index, families)
    yield cutAt(program, leftMs)
    leftMs -= program.runMs
  }
}

function cutAt(program: Program, runMs: number): Program {
  if (program.runMs <= runMs) return program
  const { broker, threads, administration, faults } = program
  const isInTime = ({ atMs }: { atMs: number }): boolean => atMs < runMs
  return {
    ...program,
    runMs,
    broker: {
      ...broker,
      killAtMs: broker.killAtMs === null ? null : Math.min(broker.killAtMs, runMs),
    },
    threads: threads.map((thread) => ({ ...thread, startAtMs: Math.min(thread.startAtMs, runMs) })),
    administration: administration.filter(isInTime),
    faults: faults.filter(isInTime),
  }
}
