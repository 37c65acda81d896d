import { expect, test } from 'vitest'
import { PARTITION_WORKER_STEPS } from '../../packages/core/src/protocol/fault-injection.ts'
import { NOT_IN_MEMORY } from '../../packages/ringlog/test/contract/not-in-memory.ts'
import { readText } from './markdown.ts'

test('the document of testing says what is different in memory', () => {
  const text = readText('docs/testing.md')
  for (const difference of Object.values(NOT_IN_MEMORY)) expect(text).toContain(`- ${difference}`)
})

test('the page of ringlog/testing has every step at which a worker can be killed', () => {
  const steps = readText('packages/testing/README.md').matchAll(
    /^\| `((?:before|after|while)\w+)`/gm,
  )
  expect(new Set([...steps].map(([, step]) => step))).toEqual(new Set(PARTITION_WORKER_STEPS))
})
