import { basename } from 'node:path'
import { beforeEach } from 'vitest'
import { NOT_ON_A_CLUSTER } from './not-on-a-cluster.ts'
import { IS_FOLLOWED } from './tested-cluster.ts'

// What vitest runs before each file of tests, where the contract is held against a cluster.
beforeEach(({ task, skip }) => {
  const file = basename(task.file.name, '.test.ts')
  skip(isAboutDifference(file, task.suite?.name ?? '', task.name))
})

/** Whether a test is about a difference. */
function isAboutDifference(file: string, suite: string, title: string): boolean {
  return NOT_ON_A_CLUSTER.some(({ only, tests }) => {
    if (only !== undefined && (only === 'followed') !== IS_FOLLOWED) return false
    const different = tests[file]
    if (different === undefined || different === 'all') return different === 'all'
    return different.some((one) => one === title || suite.startsWith(`${one}, by `))
  })
}
