/** What the stages do, whichever thread they run in. */

export interface Parsed {
  address: string
  path: string
  status: number
  bytes: number
}

export interface Enriched extends Parsed {
  section: string
  isError: boolean
}

const LINE = /^(\S+) \S+ \S+ \[[^\]]+\] "\S+ (\S+) [^"]*" (\d{3}) (\d+|-)/

/** One line of a web server's log in the common format; `null`: it is something else. */
export function parse(line: string): Parsed | null {
  const match = LINE.exec(line)
  if (match === null) return null
  const [, address = '', path = '', status, bytes] = match
  return { address, path, status: Number(status), bytes: bytes === '-' ? 0 : Number(bytes) }
}

export function enrich(parsed: Parsed): Enriched {
  const [, section = ''] = parsed.path.split('/')
  return { ...parsed, section: `/${section}`, isError: parsed.status >= 400 }
}

/** Requests, errors and bytes by section. */
export class Report {
  readonly #sections = new Map<string, { requests: number; errors: number; bytes: number }>()
  requests = 0

  add({ section, isError, bytes }: Enriched): void {
    const sum = this.#sections.get(section) ?? { requests: 0, errors: 0, bytes: 0 }
    sum.requests++
    sum.errors += isError ? 1 : 0
    sum.bytes += bytes
    this.#sections.set(section, sum)
    this.requests++
  }

  lines(): string[] {
    return [...this.#sections]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([section, { requests, errors, bytes }]) =>
          `${section.padEnd(10)} ${String(requests).padStart(6)} requests ` +
          `${String(errors).padStart(5)} errors ${String(bytes).padStart(11)} bytes`,
      )
  }
}
