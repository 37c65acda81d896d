import { expect, test } from 'vitest'
import { NOT_IN_MEMORY } from '../../packages/ringlog/test/contract/not-in-memory.ts'
import { readText } from './markdown.ts'

test('the document of testing says what is different in memory', () => {
  const text = readText('docs/testing.md')
  for (const difference of Object.values(NOT_IN_MEMORY)) expect(text).toContain(`- ${difference}`)
})
