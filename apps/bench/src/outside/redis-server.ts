import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import { endServer, endWithProcess } from './end-server.ts'
import { untilListening } from './until-listening.ts'

const run = promisify(execFile)
const PROGRAM = 'redis-server'

/** A Redis of this machine, with a folder and a port of its own, which keeps all in memory. */
export class RedisServer {
  readonly port: number
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor(folder: string, port: number, process: ChildProcess) {
    this.#folder = folder
    this.port = port
    this.#process = process
  }

  /** @returns Why there can be none, in a line; else `null`. */
  static async prepare(): Promise<string | null> {
    try {
      await run(PROGRAM, ['--version'])
      return null
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!isMissing) return `${PROGRAM}: ${(error as Error).message}`
      return `there is no ${PROGRAM} on the PATH; Debian's package of that name has it`
    }
  }

  static async start(): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'ringlog-bench-redis-'))
    const port = await freePort()
    const config = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' }
    const args = Object.entries(config).flatMap(([name, value]) => [`--${name}`, String(value)])
    const server = new RedisServer(
      folder,
      port,
      endWithProcess(spawn(PROGRAM, args, { stdio: 'ignore' })),
    )
    try {
      await untilListening('Redis', server.#process, port)
    } catch (error) {
      await server.close()
      throw error
    }
    return server
  }

  close(): Promise<void> {
    return endServer(this.#process, this.#folder)
  }
}
