/** Flags that decide how modules are found and loaded, and that a thread can be given by itself. */
const LOADING_FLAGS =
  /^(--import|--require|-r|--conditions|-C|--loader|--experimental-loader|--experimental-transform-types)(=|$)/

/** What Piscina's threads are to be started with; nothing: what this process was started with. */
export interface ThreadFlags {
  readonly execArgv?: string[]
  readonly env?: NodeJS.ProcessEnv
}

/**
 * The flags of a thread that begins with a file, as Piscina's do.
 *
 * A thread inherits the flags of its process. Node.js refuses to start one with a file where `--input-type`
 * is among them, as for `node --import tsx --input-type=module --eval …`. There a thread gets only the
 * flags that loading modules needs: others can be refused when they are given to a thread by name.
 */
export function threadFlags(
  execArgv: readonly string[] = process.execArgv,
  env: NodeJS.ProcessEnv = process.env,
): ThreadFlags {
  const nodeOptions = env['NODE_OPTIONS'] ?? ''
  if (!execArgv.some(isInputType) && !nodeOptions.includes('--input-type')) return {}
  const kept: string[] = []
  for (const [i, flag] of execArgv.entries()) {
    if (!LOADING_FLAGS.test(flag)) continue
    kept.push(flag)
    const value = execArgv[i + 1]
    if (!flag.includes('=') && value !== undefined && flag !== '--experimental-transform-types') {
      kept.push(value)
    }
  }
  return {
    execArgv: kept,
    env: { ...env, NODE_OPTIONS: nodeOptions.replaceAll(/--input-type[= ]\S+/g, '') },
  }
}

function isInputType(flag: string): boolean {
  return flag.startsWith('--input-type')
}
