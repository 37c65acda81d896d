import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { FileAccess, FileSystem } from './file-system.ts'

const FLAGS: Readonly<Record<FileAccess, number>> = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
}

/** The operating system's files, by the synchronous calls of `node:fs`. */
export const nodeFileSystem: FileSystem = {
  open: (path, access) => openSync(path, FLAGS[access]),
  close: (descriptor) => closeSync(descriptor),
  read: (descriptor, target, targetByte, length, filePosition) =>
    readSync(descriptor, target, targetByte, length, filePosition),
  write: (descriptor, source, sourceByte, length, filePosition) =>
    writeSync(descriptor, source, sourceByte, length, filePosition),
  truncate: (descriptor, fileBytes) => ftruncateSync(descriptor, fileBytes),
  sync: (descriptor) => fdatasyncSync(descriptor),
  syncDirectory,
  rename: (from, to) => renameSync(from, to),
  link: (from, to) => linkSync(from, to),
  linkCount: (path) => statSync(path).nlink,
  unlink: (path) => unlinkSync(path),
  makeDirectory,
  removeDirectory: (path) => rmdirSync(path),
  list: (path) => readdirSync(path),
  sizeOf: (descriptor) => fstatSync(descriptor).size,
  sizeAt: (path) => statSync(path, { throwIfNoEntry: false })?.size ?? null,
}

/**
 * Makes a folder, and those that it lies in. Node's own way of that goes round for ever where a folder that exists
 * takes none in it, as those of /proc do.
 */
function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  const parent = dirname(path)
  if (parent !== path) makeDirectory(parent)
  mkdirSync(path)
}

function syncDirectory(path: string): void {
  // Windows opens no directory; NTFS keeps the order of names in its journal.
  if (process.platform === 'win32') return
  const descriptor = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
