import { entryUrl, threadProgram } from '@ringlog/core/internal'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'

const entry = { specifier: '@ringlog/broker/controller-worker', option: 'workers.controller' }
const file = import.meta.filename
const resolve = (): string => 'file:///found.js'

describe('the file that a thread begins with', () => {
  test('is the one that was given, whatever could be found', () => {
    expect(entryUrl({ ...entry, given: file, resolve })).toBe(pathToFileURL(file).href)
    expect(entryUrl({ ...entry, given: new URL('file:///a.js'), resolve })).toBe('file:///a.js')
    expect(entryUrl({ ...entry, given: null, resolve })).toBe('file:///found.js')
  })

  // A bundle of ES modules far from the packages; one of CommonJS has no `import.meta.resolve`.
  test.each([
    () => {
      throw new Error('Cannot find package')
    },
    () => (undefined as unknown as () => string)(),
  ])('is asked for where it is not found: %s', (refuse) => {
    expect(() => entryUrl({ ...entry, given: null, resolve: refuse })).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: expect.stringMatching(
          /workers\.controller must be given.*docs\/bundling\.md/,
        ) as string,
      }),
    )
  })
})

describe('a thread', () => {
  test.each([[], ['--unhandled-rejections=warn']])(
    'ends with the error of a file that it cannot load, with flags %s',
    async (...execArgv) => {
      const worker = new Worker(threadProgram('file:///there-is-none.js'), { eval: true, execArgv })
      const [error] = (await once(worker, 'error')) as [NodeJS.ErrnoException]
      expect(error.code).toBe('ERR_MODULE_NOT_FOUND')
    },
  )
})
