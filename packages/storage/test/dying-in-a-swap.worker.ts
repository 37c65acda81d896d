/**
 * A storage thread that ends, once in the life of its directory, before it gives a file a name. The query of this file's
 * URL says which: `?.log.swap`, when it is to become that.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { workerData } from 'node:worker_threads'

const { dataDirectory } = workerData as { dataDirectory: string }
const name = new URL(import.meta.url).search.slice(1)
const died = `${dataDirectory}/died`
const { renameSync } = fs
const mortalRename: typeof renameSync = (from, to) => {
  if (String(to).endsWith(name) && /\.(cleaned|swap)$/.test(String(from)) && !fs.existsSync(died)) {
    fs.writeFileSync(died, '')
    process.exit(1)
  }
  renameSync(from, to)
}
Object.assign(fs, { renameSync: mortalRename })
syncBuiltinESMExports()

await import('@ringlog/storage/storage-thread')
