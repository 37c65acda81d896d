import { readFile } from 'node:fs/promises'
import { TARGETS } from '../targets/all-targets.ts'
import type { Failure } from './fuzz-run.ts'

/** Feeds a kept input in again, in this process; whether it breaks no promise any more. */
export async function replay(file: string): Promise<boolean> {
  const { target, input } = JSON.parse(await readFile(file, 'utf8')) as Failure
  try {
    const outcome = await TARGETS[target]!.make().run(Buffer.from(input, 'base64'))
    console.log(`${target}: ${outcome}`)
    return true
  } catch (error) {
    console.log(error)
    return false
  }
}
