/** Takes a directory as a storage thread does, and says whether it could. */
import { systemClock } from '@ringlog/core/internal/storage'
import { OpenDirectory } from '../../src/storage-thread/open-directory.ts'

try {
  const directory = await OpenDirectory.open(process.argv[2]!, systemClock, () => [])
  await directory.close()
  process.stdout.write('taken\n')
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`)
}
