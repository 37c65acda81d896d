import { SEED, seededRandom } from '@ringlog/test-kit'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { logFilesOf } from './host-rig.ts'
import { asInFile, batchAtOffset } from './storage-thread/ring-rig.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const PROGRAM = fileURLToPath(new URL('killed-storage.program.ts', import.meta.url))
const KILLS = Number(process.env['RINGLOG_TEST_KILLS'] ?? 20)

/** Runs the program, and kills it; gives the numbers that it printed after a word. */
async function runAndKill(
  directory: string,
  flushMessages: string,
  delayMs: number,
): Promise<(word: string) => number[]> {
  const args = [...process.execArgv, PROGRAM, directory, flushMessages]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  const isOpened = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      resolve()
    })
  })
  const ended = once(child, 'close')
  await Promise.race([isOpened, ended])
  await setTimeout(delayMs)
  child.kill('SIGKILL')
  await ended
  return (word) =>
    // The last line may be cut off.
    [...printed.matchAll(new RegExp(`^${word} (\\d+)\\n`, 'gm'))].map(([, number]) =>
      Number(number),
    )
}

test(
  `what a killed process had acknowledged is there, and what is there is a prefix; ${KILLS} kills, seed ${SEED}`,
  async () => {
    const random = seededRandom(SEED)
    const directory = temporaryDirectory()
    let acknowledged = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const flushMessages = ['none', '1', '50'][kill % 3]!
      const printed = await runAndKill(directory, flushMessages, random() * 60)
      const [endOffset] = printed('opened')
      expect(endOffset, `kill ${kill}`).toBeGreaterThanOrEqual(acknowledged)
      acknowledged = printed('acknowledged').at(-1) ?? endOffset!
    }
    const files = logFilesOf(directory)
    let offset = 0
    for (let filePosition = 0; filePosition < files.length; offset++) {
      const expected = asInFile(batchAtOffset(offset), offset)
      const found = files.subarray(filePosition, filePosition + expected.length)
      // The last batch may be there by half.
      if (!found.equals(expected.subarray(0, found.length))) expect(found).toEqual(expected)
      if (found.length < expected.length) break
      filePosition += expected.length
    }
    expect(offset).toBeGreaterThanOrEqual(acknowledged)
  },
  30_000 + KILLS * 2_000,
)
