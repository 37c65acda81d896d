import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

test('a folder is made with those that it lies in, and may be there', () => {
  const path = join(temporaryDirectory(), 'a', 'b')
  for (let i = 0; i < 2; i++) nodeFileSystem.makeDirectory(path)
  expect(statSync(path).isDirectory()).toBe(true)
})

test('a folder is not made in the place of a file, or within one', () => {
  const file = join(temporaryDirectory(), 'file')
  writeFileSync(file, '')
  expect(() => nodeFileSystem.makeDirectory(file)).toThrow('EEXIST')
  expect(() => nodeFileSystem.makeDirectory(join(file, 'a'))).toThrow(/EEXIST|ENOTDIR/)
})

test.skipIf(process.platform !== 'linux')('a folder that takes none in it ends the attempt', () => {
  expect(() => nodeFileSystem.makeDirectory('/proc/none/at-all')).toThrow('ENOENT')
})
