/**
 * - `"read"`: a file that there is.
 * - `"write"`: a file that there is, to read and to write.
 * - `"create"`: a new file, to read and to write; one that there is by this name is emptied.
 */
export type FileAccess = 'read' | 'write' | 'create'

/**
 * The calls that a log makes of the operating system. All of them block; all throw the system's error, with its
 * `code` (ENOENT, ENOSPC …).
 *
 * Thread: any. A descriptor is the process's: one that a thread has opened works in every other.
 */
export interface FileSystem {
  /** Opens a file; gives its descriptor. */
  open(path: string, access: FileAccess): number
  close(descriptor: number): void
  /** Reads up to `length` bytes that stand at `filePosition`; gives how many, 0 at the end of the file. */
  read(
    descriptor: number,
    target: Uint8Array,
    targetByte: number,
    length: number,
    filePosition: number,
  ): number
  /** Writes at `filePosition`; gives how many bytes, which may be fewer than `length`. */
  write(
    descriptor: number,
    source: Uint8Array,
    sourceByte: number,
    length: number,
    filePosition: number,
  ): number
  /** Cuts a file to a size. */
  truncate(descriptor: number, fileBytes: number): void
  /** Returns once a file's bytes and size would survive the loss of power. */
  sync(descriptor: number): void
  /** Returns once the names in a directory would. */
  syncDirectory(path: string): void
  /** Gives a file or directory another name, in place of what there is by that name. */
  rename(from: string, to: string): void
  /** Gives a file another name beside the one that it has: in the same file system, where that has such links. */
  link(from: string, to: string): void
  /** How many names the file at a path has. */
  linkCount(path: string): number
  unlink(path: string): void
  /** Creates a directory; does nothing where there is one. */
  makeDirectory(path: string): void
  removeDirectory(path: string): void
  /** Names in a directory, in no order. */
  list(path: string): string[]
  /** The size of an open file. */
  sizeOf(descriptor: number): number
  /** The size of the file at a path; `null`: there is none. */
  sizeAt(path: string): number | null
}

/** Whether an error is the system's, with this code. */
export function isSystemError(error: unknown, code?: string): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !('syscall' in error)) return false
  return code === undefined || (error as NodeJS.ErrnoException).code === code
}
