/** Runs every example, one after the other, as a user would; each checks itself. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const EXAMPLES = ['01-article', '02-line-count', '03-pipeline', '04-own-partitioner']

const folder = import.meta.dirname
const unlisted = readdirSync(folder).filter(
  (name) => /^\d\d-/.test(name) && !EXAMPLES.includes(name),
)
if (unlisted.length > 0) throw new Error(`not in the list of examples: ${unlisted.join(', ')}`)

for (const example of EXAMPLES) {
  console.log(`\n── examples/${example} ──\n`)
  const { status, signal } = spawnSync('tsx', [`${example}/main.ts`], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (status !== 0) {
    throw new Error(`examples/${example} failed: exitCode=${status} signal=${signal}`)
  }
}
