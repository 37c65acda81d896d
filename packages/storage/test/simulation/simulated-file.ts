/** What a disk writes at once; small, so that a batch is torn in many ways. */
const PAGE_BYTES = 256

/**
 * A file in a page cache. What was not synced reaches the disk page by page, in any order, each as it was at any
 * time since the last sync; and so does the size. After a sync that failed, the cache has what was written, the disk any
 * of what was there, and no later sync makes it more, unless the page is written again.
 */
export class SimulatedFile {
  #content: Uint8Array
  #fileBytes: number
  /** What pages have held since the last sync, the oldest first; a page that has not changed has no entry. */
  readonly #pages = new Map<number, Uint8Array[]>()
  #sizes: number[]
  /** What the disk has of pages that a sync has failed on; nobody sees it while they are in the cache. */
  readonly #lost = new Map<number, Uint8Array>()

  constructor(content = new Uint8Array(0)) {
    this.#content = content
    this.#fileBytes = content.length
    this.#sizes = [content.length]
  }

  get fileBytes(): number {
    return this.#fileBytes
  }

  get content(): Uint8Array {
    return this.#content.subarray(0, this.#fileBytes)
  }

  write(source: Uint8Array, filePosition: number): void {
    const end = filePosition + source.length
    this.#reserve(end)
    this.#change(filePosition, end, () => this.#content.set(source, filePosition))
    this.#resize(Math.max(end, this.#fileBytes))
  }

  truncate(fileBytes: number): void {
    this.#reserve(fileBytes)
    const end = Math.max(fileBytes, this.#fileBytes)
    this.#change(fileBytes, end, () => this.#content.fill(0, fileBytes))
    this.#resize(fileBytes)
  }

  sync(): void {
    this.#pages.clear()
    this.#sizes = [this.#fileBytes]
  }

  /** Some of what was to be synced reached the disk; all of it passes for synced from now on. */
  failSync(random: () => number): void {
    for (const [page, versions] of this.#pages) this.#lost.set(page, pick(versions, random))
    this.sync()
  }

  /** The file as the disk may have it after the loss of power. */
  afterPowerLoss(random: () => number): SimulatedFile {
    const fileBytes = pick(this.#sizes, random)
    const content = new Uint8Array(fileBytes)
    content.set(this.#content.subarray(0, fileBytes))
    const pages = [...this.#pages].map(
      ([page, versions]) => [page, pick(versions, random)] as const,
    )
    for (const [page, version] of [...this.#lost, ...pages]) {
      const at = page * PAGE_BYTES
      if (at >= fileBytes) continue
      content.fill(0, at, at + PAGE_BYTES)
      content.set(version.subarray(0, fileBytes - at), at)
    }
    return new SimulatedFile(content)
  }

  #reserve(fileBytes: number): void {
    if (fileBytes <= this.#content.length) return
    const larger = new Uint8Array(2 * fileBytes)
    larger.set(this.#content)
    this.#content = larger
  }

  #resize(fileBytes: number): void {
    if (fileBytes === this.#fileBytes) return
    this.#fileBytes = fileBytes
    this.#sizes.push(fileBytes)
  }

  #change(start: number, end: number, change: () => void): void {
    const first = Math.floor(start / PAGE_BYTES)
    const last = Math.ceil(end / PAGE_BYTES)
    for (let page = first; page < last; page++) {
      if (!this.#pages.has(page))
        this.#pages.set(page, [this.#lost.get(page) ?? this.#pageAt(page)])
      this.#lost.delete(page)
    }
    change()
    for (let page = first; page < last; page++) this.#pages.get(page)!.push(this.#pageAt(page))
  }

  #pageAt(page: number): Uint8Array {
    return this.#content.slice(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)
  }
}

export function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)]!
}
