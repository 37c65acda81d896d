/** Runs every example, one after the other, as a user would; each checks itself. */
import { spawnSync } from 'node:child_process'

const EXAMPLES = ['01-article']

for (const example of EXAMPLES) {
  console.log(`\n── examples/${example} ──\n`)
  const { status, signal } = spawnSync('tsx', [`${example}/main.ts`], {
    cwd: import.meta.dirname,
    stdio: 'inherit',
  })
  if (status !== 0) {
    throw new Error(`examples/${example} failed: exitCode=${status} signal=${signal}`)
  }
}
