import { readFileSync } from 'node:fs'

const JIFFY_MICROS = 10_000

/** What all processors of the machine did, in hundredths of a second. */
export interface HostTimes {
  readonly busy: number
  /** What the host gave to other machines while this one could have run. */
  readonly stolen: number
  readonly total: number
}

/** What the machine did beside a run, in percent of what its cores had. */
export interface HostLoad {
  readonly stolenPercent: number
  /** Other programs on this machine. */
  readonly othersPercent: number
}

/** `null` where the system does not tell. */
export function readHostTimes(): HostTimes | null {
  try {
    return parseHostTimes(readFileSync('/proc/stat', 'utf8'))
  } catch {
    return null // No Linux.
  }
}

/**
 * ```text
 *  cpu  user nice system idle iowait irq softirq steal guest guest_nice
 * ```
 * Source: proc_stat(5).
 */
export function parseHostTimes(text: string): HostTimes | null {
  const numbers = /^cpu +(\d[\d ]*)$/m.exec(text)?.[1]!.split(' ').map(Number)
  if (numbers === undefined || numbers.length < 8) return null
  const [user, nice, system, idle, ioWait, irq, softIrq, stolen] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const busy = user + nice + system + irq + softIrq
  return { busy, stolen, total: busy + stolen + idle + ioWait }
}

/** @param ownCpuMicros What the run had meanwhile. */
export function hostLoadSince(
  before: HostTimes,
  now: HostTimes,
  ownCpuMicros: number,
): HostLoad | null {
  const total = now.total - before.total
  if (total <= 0) return null
  const others = now.busy - before.busy - ownCpuMicros / JIFFY_MICROS
  return {
    stolenPercent: ((now.stolen - before.stolen) / total) * 100,
    othersPercent: (Math.max(0, others) / total) * 100,
  }
}
