/**
 * Loaded before anything else, in every thread and process of a run: alters one module of the library while it
 * is loaded. Nothing on the disk changes. By `node --require`, because `--import` does not reach threads that
 * start with a line of code.
 */
import { registerHooks } from 'node:module'
import { MUTANTS } from './mutants.ts'

/** Its value is a mutant's name. */
export const MUTANT_VARIABLE = 'RINGLOG_CHAOS_MUTANT'

const mutant = MUTANTS.find(({ name }) => name === process.env[MUTANT_VARIABLE])
if (mutant !== undefined) {
  const [packageName, path] = mutant.module
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.includes(`/packages/${packageName}/src/${path}.ts`)) return loaded
      const { source: bytes = '' } = loaded
      const source = typeof bytes === 'string' ? bytes : Buffer.from(bytes as Uint8Array).toString()
      if (!source.includes(mutant.from))
        throw new Error(`mutant ${mutant.name}: no such line in ${url}`)
      return { ...loaded, source: source.replace(mutant.from, () => mutant.to) }
    },
  })
}
