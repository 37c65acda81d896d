import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
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
   * The `ltl` formula to verify, under weak fairness; `null`: the asserts, that nobody stops in the
   * middle, and that everything is reached.
   */
  readonly formula: string | null
}

/** Deeper than any model is; one that gets there is reported, not cut short. */
const MAX_DEPTH = 200_000
const MAX_MEMORY_MB = 2048
const OUTPUT_BYTES = 1 << 26

const FOLDER = fileURLToPath(new URL('../', import.meta.url))
export const modelPath = (model: string): string => join(FOLDER, `${model}.pml`)

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
  return inFolder(verification, async (folder) =>
    parsePanOutput(await runPan(folder, verification)),
  )
}

/** The first execution with a fault, as Spin tells it, step by step; `null`: there is none. */
export function trailOf(verification: Verification): Promise<string | null> {
  const { model, mutant } = verification
  return inFolder(verification, async (folder) => {
    const { errors } = parsePanOutput(await runPan(folder, verification))
    if (errors === 0) return null
    const args = [...definitionOf(mutant), '-t', '-p', `${model}.pml`]
    return (await run('spin', args, { cwd: folder, maxBuffer: OUTPUT_BYTES })).stdout
  })
}

async function inFolder<T>(
  { model, mutant, formula }: Verification,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ringlog-model-'))
  try {
    await copyFile(modelPath(model), join(folder, `${model}.pml`))
    await run('spin', [...definitionOf(mutant), '-a', `${model}.pml`], { cwd: folder })
    const kind = formula === null ? ['-DSAFETY', '-DNOCLAIM', '-DREACH'] : ['-DNFAIR=3']
    const limits = [`-DMEMLIM=${MAX_MEMORY_MB}`]
    await run('gcc', ['-O1', '-w', ...kind, ...limits, '-o', 'pan', 'pan.c'], { cwd: folder })
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function runPan(folder: string, { mutant, formula }: Verification): Promise<string> {
  // A mutant is asked about one property: asserts are not to hide a formula, nor ends an assert.
  const one = mutant === null ? [] : formula === null ? ['-E'] : ['-A']
  const what = formula === null ? one : ['-a', '-f', '-N', formula, ...one]
  const { stdout } = await run(join(folder, 'pan'), [...what, `-m${MAX_DEPTH}`, '-w20'], {
    cwd: folder,
    maxBuffer: OUTPUT_BYTES,
  })
  return stdout
}

function definitionOf(mutant: string | null): string[] {
  return mutant === null ? [] : [`-D${mutant}`]
}
