import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { DirectoryLock } from '../../src/directory/directory-lock.ts'

DirectoryLock.acquire(nodeFileSystem, process.argv[2]!)
process.stdout.write('locked\n')
// Holds it until it is killed.
setInterval(() => {}, 1000)
