import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where what is downloaded, and what runs, has its files. */
export const FOLDER: string = join(tmpdir(), 'ringlog-kafka')

/** The folder of one server that runs or ran. */
export function folderOf(name: string): string {
  return join(FOLDER, name)
}
