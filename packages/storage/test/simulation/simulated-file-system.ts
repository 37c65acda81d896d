import type { FileAccess, FileSystem } from '../../src/file-system/file-system.ts'
import { SimulatedDirectory } from './simulated-directory.ts'
import { SimulatedFile } from './simulated-file.ts'

/** The power is gone: no call returns any more. */
export class PowerLoss extends Error {}

/**
 * Files in memory, which can lose the power before any call that changes something: what was synced then is there,
 * and of the rest whatever a disk may have taken.
 */
export class SimulatedFileSystem implements FileSystem {
  readonly #root: SimulatedDirectory
  readonly #open = new Map<number, SimulatedFile>()
  #nextDescriptor = 100
  #callsLeft = Infinity
  /** Of the next writes; then the disk is full. */
  freeBytes = Infinity
  /** The next sync fails, which takes a random part of the file to the disk; `null`: it does not. */
  failsNextSync: (() => number) | null = null

  constructor(root = new SimulatedDirectory()) {
    this.#root = root
  }

  /** Loses the power at the call after so many that change something. */
  losePowerAfter(calls: number): void {
    this.#callsLeft = calls
  }

  get hasLostPower(): boolean {
    return this.#callsLeft < 0
  }

  afterPowerLoss(random: () => number): SimulatedFileSystem {
    return new SimulatedFileSystem(this.#root.afterPowerLoss(random))
  }

  open(path: string, access: FileAccess): number {
    const { directory, name } = this.#parentOf(path)
    let file = directory.names.get(name)
    if (file instanceof SimulatedDirectory) throw systemError('EISDIR', 'open', path)
    if (file === undefined) {
      if (access !== 'create') throw systemError('ENOENT', 'open', path)
      this.#spend()
      file = new SimulatedFile()
      directory.change([[name, file]])
    } else if (access === 'create') {
      this.#spend()
      file.truncate(0)
    }
    this.#open.set(++this.#nextDescriptor, file)
    return this.#nextDescriptor
  }

  close(descriptor: number): void {
    if (!this.#open.delete(descriptor)) throw systemError('EBADF', 'close', String(descriptor))
  }

  read(
    descriptor: number,
    target: Uint8Array,
    targetByte: number,
    length: number,
    filePosition: number,
  ): number {
    const { content } = this.#fileOf(descriptor)
    const bytes = content.subarray(filePosition, filePosition + length)
    target.set(bytes, targetByte)
    return bytes.length
  }

  write(
    descriptor: number,
    source: Uint8Array,
    sourceByte: number,
    length: number,
    filePosition: number,
  ): number {
    this.#spend()
    const fits = Math.min(length, this.freeBytes)
    if (fits === 0) throw systemError('ENOSPC', 'write', String(descriptor))
    this.freeBytes -= fits
    this.#fileOf(descriptor).write(source.subarray(sourceByte, sourceByte + fits), filePosition)
    return fits
  }

  truncate(descriptor: number, fileBytes: number): void {
    this.#spend()
    this.#fileOf(descriptor).truncate(fileBytes)
  }

  sync(descriptor: number): void {
    this.#spend()
    const file = this.#fileOf(descriptor)
    const random = this.failsNextSync
    this.failsNextSync = null
    if (random === null) return file.sync()
    file.failSync(random)
    throw systemError('EIO', 'fdatasync', String(descriptor))
  }

  syncDirectory(path: string): void {
    this.#spend()
    this.#directoryAt(path).sync()
  }

  rename(from: string, to: string): void {
    const { directory, name } = this.#parentOf(from)
    const target = this.#parentOf(to)
    const node = directory.names.get(name)
    if (node === undefined) throw systemError('ENOENT', 'rename', from)
    if (target.directory !== directory) throw systemError('EXDEV', 'rename', to)
    this.#spend()
    directory.change([
      [name, null],
      [target.name, node],
    ])
  }

  /** As a file system has it that knows no links. */
  link(from: string): never {
    throw systemError('EPERM', 'link', from)
  }

  linkCount(): number {
    return 1
  }

  unlink(path: string): void {
    this.#remove(path, 'unlink')
  }

  removeDirectory(path: string): void {
    if (this.#directoryAt(path).names.size > 0) throw systemError('ENOTEMPTY', 'rmdir', path)
    this.#remove(path, 'rmdir')
  }

  makeDirectory(path: string): void {
    const { directory, name } = this.#parentOf(path)
    if (directory.names.has(name)) return
    this.#spend()
    directory.change([[name, new SimulatedDirectory()]])
  }

  list(path: string): string[] {
    return [...this.#directoryAt(path).names.keys()]
  }

  sizeOf(descriptor: number): number {
    return this.#fileOf(descriptor).fileBytes
  }

  sizeAt(path: string): number | null {
    const { directory, name } = this.#parentOf(path)
    const node = directory.names.get(name)
    return node instanceof SimulatedFile ? node.fileBytes : null
  }

  #remove(path: string, syscall: string): void {
    const { directory, name } = this.#parentOf(path)
    if (!directory.names.has(name)) throw systemError('ENOENT', syscall, path)
    this.#spend()
    directory.change([[name, null]])
  }

  #spend(): void {
    if (this.#callsLeft-- <= 0) throw new PowerLoss()
  }

  #fileOf(descriptor: number): SimulatedFile {
    const file = this.#open.get(descriptor)
    if (file === undefined) throw systemError('EBADF', 'fd', String(descriptor))
    return file
  }

  #directoryAt(path: string): SimulatedDirectory {
    let directory = this.#root
    for (const name of path.split('/').filter((part) => part !== '')) {
      const next = directory.names.get(name)
      if (!(next instanceof SimulatedDirectory)) throw systemError('ENOENT', 'scandir', path)
      directory = next
    }
    return directory
  }

  #parentOf(path: string): { directory: SimulatedDirectory; name: string } {
    const at = path.lastIndexOf('/')
    return { directory: this.#directoryAt(path.slice(0, at)), name: path.slice(at + 1) }
  }
}

function systemError(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} ${path}`), { code, syscall })
}
