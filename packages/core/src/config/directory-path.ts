import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { show } from '../errors/show.ts'

/** What is wrong with a value as a folder that a user names: the end of a sentence about it; `null`: nothing. */
export function directoryFault(value: unknown): string | null {
  const given = value instanceof URL ? tryPathOf(value) : value
  if (typeof given === 'string' && given !== '' && !given.includes('\0')) return null
  return `must be a path or a file: URL, got ${value instanceof URL ? value.href : show(value)}`
}

/** The absolute path of a folder that `directoryFault` lets pass. */
export function directoryPath(directory: string | URL): string {
  return path.resolve(directory instanceof URL ? fileURLToPath(directory) : directory)
}

/** `null`: the URL is of no file of this machine. */
function tryPathOf(url: URL): string | null {
  try {
    return fileURLToPath(url)
  } catch {
    return null
  }
}
