import { MAX_TIMER_MS } from '../concurrent/timers.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'
import { didYouMean } from './nearest-names.ts'

/**
 * One configuration option: its default, and what is wrong with a value given for it.
 * `fault` returns the end of the sentence "<option> …", or `null` where the value is good.
 */
export interface Option<T> {
  readonly default: T
  fault(value: unknown): string | null
}

/** The options of one configuration object, by name. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>

/** What a resolved configuration holds: every option, with a value. */
export type Resolved<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never
}

/** What is configured where that is more than the type that has the other options, and what only it has. */
export interface OwnOptions<Own extends OptionTable> {
  readonly owner: string
  readonly options: Own
}

/** Reports a fault that concerns more than one option. */
export type ReportFault = (option: string, fault: string) => void

/** A check between options: made where each of them alone is good, whatever is wrong with others. */
export interface CheckTogether<Config> {
  readonly of: ReadonlyArray<keyof Config>
  readonly check: (config: Config, report: ReportFault) => void
}

/**
 * Fills in defaults and checks every value, once, at the edge of the library.
 *
 * @param owner The type's name, for the message.
 * @param given What the user passed; an option that is `undefined` takes its default.
 * @param checkTogether Checks between options; a single function is called only where every option
 *   alone is good.
 * @throws RinglogError INVALID_CONFIG that lists every fault, not just the first; `details.faults`
 *   holds them as `{ option, fault }`.
 */
export function resolveOptions<Table extends OptionTable>(
  owner: string,
  table: Table,
  given: unknown,
  checkTogether:
    | ((config: Resolved<Table>, report: ReportFault) => void)
    | ReadonlyArray<CheckTogether<Resolved<Table>>> = [],
): Resolved<Table> {
  const faults: Array<{ option: string; fault: string }> = []
  const report: ReportFault = (option, fault) => void faults.push({ option, fault })

  if (given !== undefined && !isPlainEnough(given)) {
    throw new RinglogError('INVALID_CONFIG', `${owner} must be an object, got ${show(given)}`, {
      details: { faults: [{ option: '', fault: `must be an object, got ${show(given)}` }] },
    })
  }
  const values = (given ?? {}) as Record<string, unknown>
  for (const option of Object.keys(values)) {
    if (Object.hasOwn(table, option)) continue
    report(option, `is not an option; ${optionsInPlaceOf(option, Object.keys(table))}`)
  }
  const config: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(table)) {
    const value = values[name]
    const fault = value === undefined ? null : option.fault(value)
    if (fault !== null) report(name, fault)
    config[name] = value === undefined ? option.default : value
  }
  const checks =
    typeof checkTogether === 'function'
      ? [{ of: Object.keys(table), check: checkTogether }]
      : checkTogether
  const isFaulty = (name: PropertyKey): boolean => faults.some(({ option }) => option === name)
  for (const { check } of checks.filter((together) => !together.of.some(isFaulty))) {
    check(config as Resolved<Table>, report)
  }
  if (faults.length > 0) {
    const list = faults.map(({ option, fault }) => `${option} ${fault}`).join('; ')
    throw new RinglogError('INVALID_CONFIG', `${owner} is not valid: ${list}`, {
      details: { faults },
    })
  }
  return Object.freeze(config) as Resolved<Table>
}

/** Options of other clients that people bring along, and what does here what they do there. */
const FOREIGN: Readonly<Record<string, string>> = {
  fromBeginning:
    'autoOffsetReset of a consumer says where a group starts, by default at the earliest.',
  brokers: 'there is no network: a client from Broker.start() or connect() is given instead.',
}

/** What does here what an option of another client does there; '': it is none that is known. */
export function inPlaceOfForeign(option: string): string {
  return Object.hasOwn(FOREIGN, option) ? FOREIGN[option]! : ''
}

/** What there is instead of an option that there is not: for the end of a sentence about it. */
export function optionsInPlaceOf(given: string, names: readonly string[]): string {
  const hint = inPlaceOfForeign(given) || didYouMean(given, names)
  return `${hint === '' ? 'there' : `${hint} There`} are ${names.join(', ')}`
}

/** An object with options as its properties; not an array, a Map or the like. */
function isPlainEnough(given: unknown): boolean {
  return typeof given === 'object' && given !== null && !(Symbol.iterator in given)
}

export interface NumberBounds {
  min: number
  /** Defaults to the largest safe integer. */
  max?: number
}

/** A whole number within bounds: counts and sizes in bytes. */
export function integerOption(defaultValue: number, bounds: NumberBounds): Option<number> {
  const { min, max = Number.MAX_SAFE_INTEGER } = bounds
  return {
    default: defaultValue,
    fault: (value) =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
        ? null
        : `must be an integer ${describeBounds(min, max, value)}, got ${show(value)}`,
  }
}

/** A duration in milliseconds; fractions are allowed. */
export function durationMsOption(defaultValue: number, min = 0): Option<number> {
  return {
    default: defaultValue,
    fault: (value) =>
      typeof value === 'number' && value >= min && value <= MAX_TIMER_MS
        ? null
        : `must be a number of milliseconds ${describeBounds(min, MAX_TIMER_MS, value)}, got ${show(value)}`,
  }
}

/** After how many milliseconds something ends; `null`, the default: never. */
export function expiryMsOption(): Option<number | null> {
  return {
    default: null,
    fault: (value) =>
      Number.isSafeInteger(value) && (value as number) >= 1
        ? null
        : `must be an integer of at least 1, in milliseconds, or left out for no limit, got ${show(value)}`,
  }
}

/** One word out of a fixed list. */
export function choiceOption<const Choice>(
  defaultValue: NoInfer<Choice>,
  choices: readonly Choice[],
): Option<Choice> {
  return {
    default: defaultValue,
    fault: (value) =>
      (choices as readonly unknown[]).includes(value)
        ? null
        : `must be one of ${choices.map(show).join(', ')}, got ${show(value)}`,
  }
}

export function booleanOption(defaultValue: boolean): Option<boolean> {
  return {
    default: defaultValue,
    fault: (value) =>
      typeof value === 'boolean' ? null : `must be true or false, got ${show(value)}`,
  }
}

/** A non-empty string, or `null` where nothing was given. */
export function nameOption(): Option<string | null> {
  return {
    default: null,
    fault: (value) =>
      typeof value === 'string' && value.length > 0
        ? null
        : `must be a non-empty string, got ${show(value)}`,
  }
}

/** Different non-empty strings, in any order; none by default. `what` they are, for messages. */
export function namesOption(what: string): Option<readonly string[]> {
  return {
    default: [],
    fault: (value) => {
      if (!Array.isArray(value)) return `must be an array of ${what}s, got ${show(value)}`
      const names: readonly unknown[] = value
      for (const [i, name] of names.entries()) {
        if (typeof name !== 'string' || name === '') {
          return `must hold non-empty strings, got ${show(name)}`
        }
        if (names.indexOf(name) < i) return `must name each ${what} once, got ${show(name)} twice`
      }
      return null
    },
  }
}

/** A callback, or `null` where nothing was given. */
export function callbackOption<Callback>(): Option<Callback | null> {
  return {
    default: null,
    fault: (value) =>
      typeof value === 'function' ? null : `must be a function, got ${show(value)}`,
  }
}

/** The largest safe integer is a bound only of what is larger. */
function describeBounds(min: number, max: number, value: unknown): string {
  const isUnbounded = max === Number.MAX_SAFE_INTEGER
  const isAbove = typeof value === 'number' && value > max
  return isUnbounded && !isAbove ? `of at least ${min}` : `from ${min} to ${max}`
}
