import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parsePanOutput, type PanOutput } from './pan-output.ts'

const run = promisify(execFile)

/** One verification: of a model, or of one of its mutants. */
export interface Verification {
  readonly model: string
  readonly mutant: string | null
  /**
   * The `ltl` formula to verify, under weak fairness, or the `CHECK`; `null`: all checks, that nobody
   * stops in the middle, and that everything is reached.
   */
  readonly property: string | null
}

/** Deeper than any model is; one that gets there is reported, not cut short. */
const MAX_DEPTH = 200_000
const MAX_MEMORY_MB = 2048
const OUTPUT_BYTES = 1 << 26

/** How checks are searched for a fault: for the one of the fewest steps it takes three times as long. */
interface Search {
  readonly defined: readonly string[]
  readonly flags: readonly string[]
}
const ANY_FAULT: Search = { defined: [], flags: [] }
const NEAREST_FAULT: Search = { defined: ['-DREACH'], flags: ['-i'] }

const FOLDER = fileURLToPath(new URL('../', import.meta.url))
const modelPath = (model: string): string => join(FOLDER, `${model}.pml`)

async function isFormulaOf(model: string, property: string | null): Promise<boolean> {
  return property !== null && (await formulasOf(model)).includes(property)
}

/** Names of the `ltl` formulas of a model. */
export async function formulasOf(model: string): Promise<string[]> {
  const text = await readFile(modelPath(model), 'utf8')
  return [...text.matchAll(/^ltl (\w+)/gm)].map(([, name]) => name!)
}

/** Programs that are needed and not there. */
export async function missingPrograms(): Promise<string[]> {
  const missing: string[] = []
  for (const [program, flag] of [
    ['spin', '-V'],
    ['gcc', '--version'],
  ] as const) {
    await run(program, [flag]).catch(() => missing.push(program))
  }
  return missing
}

/** Verifies exhaustively; stops at the first fault. */
export function verify(verification: Verification): Promise<PanOutput> {
  return inFolder(verification, ANY_FAULT, async (folder) =>
    parsePanOutput(await runPan(folder, verification, ANY_FAULT)),
  )
}

/** The first execution with a fault, as Spin tells it, step by step; `null`: there is none. */
export function trailOf(verification: Verification): Promise<string | null> {
  const { model, mutant } = verification
  return inFolder(verification, NEAREST_FAULT, async (folder) => {
    const { errors } = parsePanOutput(await runPan(folder, verification, NEAREST_FAULT))
    if (errors === 0) return null
    const args = [...definitionOf(mutant), '-t', '-p', `${model}.pml`]
    return (await run('spin', args, { cwd: folder, maxBuffer: OUTPUT_BYTES })).stdout
  })
}

async function inFolder<T>(
  { model, mutant, property }: Verification,
  search: Search,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const isFormula = await isFormulaOf(model, property)
  const check = isFormula ? null : property
  const folder = await mkdtemp(join(tmpdir(), 'ringlog-model-'))
  try {
    await writeFile(join(folder, `${model}.pml`), await sourceOf(model, check))
    await run('spin', [...definitionOf(mutant), '-a', `${model}.pml`], { cwd: folder })
    const kind = isFormula ? ['-DNFAIR=3'] : ['-DSAFETY', '-DNOCLAIM', ...search.defined]
    const limits = [`-DMEMLIM=${MAX_MEMORY_MB}`]
    await run('gcc', ['-O1', '-w', ...kind, ...limits, '-o', 'pan', 'pan.c'], { cwd: folder })
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function runPan(
  folder: string,
  { model, property }: Verification,
  search: Search,
): Promise<string> {
  // Whoever asks about one property is not to hear of another: of a failed check, or of who stops.
  const isFormula = await isFormulaOf(model, property)
  const one = property === null ? [] : isFormula ? ['-A', '-a', '-f', '-N', property] : ['-E']
  const what = isFormula ? one : [...one, ...search.flags]
  const { stdout } = await run(join(folder, 'pan'), [...what, `-m${MAX_DEPTH}`, '-w22'], {
    cwd: folder,
    maxBuffer: OUTPUT_BYTES,
  })
  return stdout
}

/** A model in which of all checks only `check` can fail; `null`: all of them. */
async function sourceOf(model: string, check: string | null): Promise<string> {
  const source = await readFile(modelPath(model), 'utf8')
  if (check === null) return source
  return source.replaceAll(/^hidden byte (\w+);$/gm, (declaration, name) =>
    name === check ? declaration : `hidden byte ${name} = 1;`,
  )
}

function definitionOf(mutant: string | null): string[] {
  return mutant === null ? [] : [`-D${mutant}`]
}
