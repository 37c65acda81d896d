import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { moduleBeside } from '../runner/module-beside.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import { MUTANT_VARIABLE } from './mutate-modules.ts'

/** How long programs may run until a fault has shown. */
const SECONDS = 120
const SEED = 1

/**
 * @param names Which mutants; none: all.
 * @returns Whether each was found.
 */
export async function runMutants(names: readonly string[]): Promise<boolean> {
  const known = MUTANTS.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    console.error(`error: there is no mutant '${unknown}'; there are ${known.join(', ')}`)
    return false
  }
  let areFound = true
  for (const mutant of MUTANTS) {
    if (names.length > 0 && !names.includes(mutant.name)) continue
    const { kinds, seconds } = await runMutant(mutant)
    areFound &&= kinds !== null
    const verdict = kinds === null ? 'NOT FOUND' : `found after ${seconds} s: ${kinds}`
    console.log(`${mutant.name} (${mutant.what}): ${verdict}`)
  }
  return areFound
}

async function runMutant({
  name,
  faults,
}: Mutant): Promise<{ kinds: string | null; seconds: number }> {
  const beganAtMs = performance.now()
  const hook = fileURLToPath(moduleBeside('./mutate-modules', import.meta.url))
  const main = fileURLToPath(moduleBeside('../main', import.meta.url))
  const options = ['--seconds', `${SECONDS}`, '--seed', `${SEED}`, '--faults', faults.join(',')]
  // On the source: the build has bundled the module into the files that threads begin with.
  const flags = ['--conditions=@ringlog/source', '--require', hook]
  const child = spawn(process.execPath, [...flags, main, ...options], {
    env: { ...process.env, [MUTANT_VARIABLE]: name },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kinds = new Set<string>()
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    if (!printed.includes('  again: ')) return
    for (const [, kind] of printed.matchAll(/^ {2}([A-Z ]+) \(event/gm))
      kinds.add(kind!.toLowerCase())
    child.kill()
  })
  await once(child, 'exit')
  const seconds = Math.round((performance.now() - beganAtMs) / 1_000)
  return { kinds: kinds.size === 0 ? null : [...kinds].join(', '), seconds }
}
