/** A storage thread whose disk fails at writes of more than 10,000 bytes. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { writeSync } = fs
type Write = (fd: number, bytes: Uint8Array, at: number, length: number, position: number) => number
const failingWrite: Write = (...given) => {
  if (given[3] <= 10_000) return (writeSync as Write)(...given)
  throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' })
}
Object.assign(fs, { writeSync: failingWrite })
syncBuiltinESMExports()

await import('@ringlog/storage/storage-thread')
