import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Circumstance } from './closing-anywhere.program.ts'

const CIRCUMSTANCES: Circumstance[] = [
  'nothing else',
  'load',
  'a full ring',
  'a rebalance',
  'a worker that restarts',
  'workers that keep dying',
  'a worker that is stuck',
  'a controller that is stuck',
  'a controller that dies',
  'a controller that is dead',
  'a client thread that is stuck',
]

describe.each(['rpc', 'shared'])(
  'by %s everything closes, twice, and the process ends',
  (transport) => {
    test.each(CIRCUMSTANCES)('beside %s', async (circumstance) => {
      const program = fileURLToPath(new URL('./closing-anywhere.program.ts', import.meta.url))
      const args = [...process.execArgv, program, circumstance, transport]
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 28_000 })
      expect(stdout).toBe('closed\n')
    })
  },
)
