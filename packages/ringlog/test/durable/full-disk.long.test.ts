import { Broker, Producer, backup, type RecordMetadata, type RinglogError } from 'ringlog'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, type TestContext } from 'vitest'
import { at, startDurable, temporaryDirectory, valuesOf } from './rig.ts'

const MIB = 2 ** 20
const DISK_BYTES = 32 * MIB
const VALUE = 'x'.repeat(10_000)

/** Mounts a small file system; `null`: this process may not. */
type Mount = (mountPoint: string) => string | null

function run(command: string, ...args: string[]): string | null {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? null : (error?.message ?? stderr)
}

const FILE_SYSTEMS: Record<string, Mount> = {
  tmpfs: (mountPoint) =>
    run('mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', mountPoint),
  ext4(mountPoint) {
    const image = path.join(temporaryDirectory(), 'image')
    writeFileSync(image, '')
    truncateSync(image, DISK_BYTES)
    return run('mkfs.ext4', '-q', '-m', '0', image) ?? run('mount', '-o', 'loop', image, mountPoint)
  },
}

/** A directory on a small disk of its own. Skips the test where mounting is not allowed. */
function smallDisk(mount: Mount, context: TestContext): SmallDisk {
  const mountPoint = temporaryDirectory()
  context.skip(mount(mountPoint) !== null, 'mounting is not allowed here')
  onTestFinished(() => void run('umount', mountPoint))
  return new SmallDisk(mountPoint)
}

class SmallDisk {
  readonly dataDirectory: string
  readonly #ballast: string

  constructor(mountPoint: string) {
    this.dataDirectory = path.join(mountPoint, 'data')
    this.#ballast = path.join(mountPoint, 'ballast')
    mkdirSync(this.dataDirectory)
  }

  /** Leaves so much of it. */
  fill(freeBytes: number): void {
    const { bavail, bsize } = statfsSync(this.dataDirectory)
    writeFileSync(this.#ballast, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes), 1))
  }

  free(): void {
    rmSync(this.#ballast)
  }
}

/** What a producer was told. */
class Sends {
  readonly acknowledged = new Map<number, string>()
  readonly failures: RinglogError[] = []
  readonly all: Array<Promise<void>> = []
  #count = 0
  #waiting = 0

  send(producer: Producer): Promise<void> {
    const value = `${this.#count++} ${VALUE}`
    this.#waiting++
    const sent = producer
      .send({ ...at('orders'), value })
      .then(
        ({ offset }: RecordMetadata) => void this.acknowledged.set(offset, value),
        (error: unknown) => void this.failures.push(error as RinglogError),
      )
      .finally(() => this.#waiting--)
    this.all.push(sent)
    return sent
  }

  /** Sends until the disk has been full for so long that a record is refused. */
  async untilRefused(producer: Producer): Promise<void> {
    while (this.failures.length === 0) {
      // More than half a ring takes, and far less than the producer's own memory.
      if (this.#waiting < 30) void this.send(producer)
      await setTimeout(1)
    }
    expect(this.failures[0]).toMatchObject({
      code: 'BUFFER_FULL',
      message: expect.stringContaining('the disk is full'),
    })
  }
}

async function expectKept(broker: Broker, { acknowledged }: Sends): Promise<void> {
  const values = await valuesOf(broker, at('orders'))
  for (const [offset, value] of acknowledged)
    expect(values[offset]?.slice(0, 20)).toBe(value.slice(0, 20))
}

async function stateOf(broker: Broker): Promise<string> {
  const { topics } = await broker.metrics()
  return topics[0]!.partitions[0]!.disk!.state
}

describe.each(Object.keys(FILE_SYSTEMS))('a disk that is full, %s', (name) => {
  test('holds producers up, not readers; with room again all goes on, and nothing acknowledged is lost', async (context) => {
    const disk = smallDisk(FILE_SYSTEMS[name]!, context)
    const errors: RinglogError[] = []
    const broker = await startDurable(disk.dataDirectory, {
      onError: (error) => errors.push(error),
    })
    await broker.createTopic('orders', { segmentBytes: MIB, ringBytes: 64 * 1024 })
    disk.fill(3 * MIB)
    const sends = new Sends()
    const producer = new Producer(broker, { maxBlockMs: 1_500, transport: 'rpc' })
    await sends.untilRefused(producer)

    expect(sends.acknowledged.size).toBeGreaterThan(50)
    expect(await stateOf(broker)).toBe('full')
    expect(errors.map(({ code, message }) => [code, message.includes('ENOSPC')])).toEqual([
      ['KAFKA_STORAGE_ERROR', true],
    ])
    await expectKept(broker, sends)
    // In a lane answers come in order: it waits for those of the batches before it.
    const inLane = new Producer(broker)
    const waiting = inLane.send({ ...at('orders'), value: 'waiting' })
    expect(await Promise.race([waiting, setTimeout(100, 'waits')])).toBe('waits')

    disk.free()
    await expect.poll(() => stateOf(broker)).toBe('writing')
    await Promise.all(sends.all)
    await waiting
    const failed = sends.failures.length
    for (let more = 0; more < 50; more++) await sends.send(producer)
    expect(sends.failures.length).toBe(failed)
    await producer.close()
    await inLane.close()
    await broker.close()
    const again = await startDurable(disk.dataDirectory)
    await expectKept(again, sends)
  }, 60_000)

  test('can be closed, and started once it has room; what was acknowledged is there', async (context) => {
    const disk = smallDisk(FILE_SYSTEMS[name]!, context)
    const broker = await startDurable(disk.dataDirectory, { onError: () => undefined })
    await broker.createTopic('orders', {
      segmentBytes: MIB,
      ringBytes: 64 * 1024,
      flushMessages: 1,
    })
    disk.fill(3 * MIB)
    const sends = new Sends()
    const producer = new Producer(broker, { maxBlockMs: 1_500, transport: 'rpc' })
    await sends.untilRefused(producer)
    await broker.close({ timeoutMs: 3_000 })
    await Promise.all(sends.all)
    const whileFull = await Broker.start({
      dataDirectory: disk.dataDirectory,
      onError: () => undefined,
    }).then(
      (started) => started,
      (error: unknown) => error as RinglogError,
    )
    if (whileFull instanceof Broker) await whileFull.close({ timeoutMs: 1_000 })
    else
      expect(whileFull).toMatchObject({
        code: 'KAFKA_STORAGE_ERROR',
        message: expect.stringContaining('ENOSPC'),
      })

    disk.free()
    const again = await startDurable(disk.dataDirectory, { onError: () => undefined })
    await expectKept(again, sends)
    expect(await again.metrics()).toMatchObject({ offlinePartitionsCount: 0 })
  }, 60_000)

  test('takes no backup, and has nothing of it left', async (context) => {
    const disk = smallDisk(FILE_SYSTEMS[name]!, context)
    disk.fill(MIB)
    const broker = await startDurable(temporaryDirectory())
    await broker.createTopic('orders', { segmentBytes: MIB })
    const sends = new Sends()
    const producer = new Producer(broker)
    for (let count = 0; count < 200; count++) void sends.send(producer)
    await producer.close()
    const target = path.join(disk.dataDirectory, 'backup')
    await expect(backup(broker, target)).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining('ENOSPC'),
    })
    expect(readdirSync(disk.dataDirectory)).toEqual([])
    await expectKept(broker, sends)
  }, 60_000)
})
