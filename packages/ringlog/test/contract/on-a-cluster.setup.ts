import { basename } from 'node:path'
import { beforeEach } from 'vitest'
import { isAboutDifference } from './not-on-a-cluster.ts'

// What vitest runs before each file of tests, where the contract is held against a cluster.
beforeEach(({ task, skip }) => {
  const file = basename(task.file.name, '.test.ts')
  skip(isAboutDifference(file, task.suite?.name ?? '', task.name))
})
