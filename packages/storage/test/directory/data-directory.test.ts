import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DataDirectory } from '../../src/directory/data-directory.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const open = (path: string): DataDirectory => DataDirectory.open(nodeFileSystem, path)
const storageError = (message: string): unknown =>
  expect.objectContaining({
    code: 'KAFKA_STORAGE_ERROR',
    message: expect.stringContaining(message),
  })

describe('DataDirectory', () => {
  it('is created, and stays what it is', () => {
    const path = join(temporaryDirectory(), 'a', 'b')
    const first = open(path)
    const { properties } = first
    first.close(true)
    const content = readFileSync(join(path, 'meta.properties'), 'utf8')
    expect(content).toMatch(
      /^version=1\ncluster\.id=[\w-]{22}\nnode\.id=0\ndirectory\.id=[\w-]{22}\nringlog\.version=1\n$/,
    )
    const second = open(path)
    expect(second.properties).toEqual(properties)
    second.close(true)
  })

  it('says whether the last session closed all, once', () => {
    const path = temporaryDirectory()
    const sessions: boolean[] = []
    for (const ends of [true, false, true, true]) {
      const directory = open(path)
      sessions.push(directory.isClean)
      expect(existsSync(join(path, '.kafka_cleanshutdown'))).toBe(false)
      directory.close(ends)
    }
    expect(sessions).toEqual([false, true, false, true])
  })

  it('is of one at a time', () => {
    const path = temporaryDirectory()
    const directory = open(path)
    expect(() => open(path)).toThrow(storageError('in use by this process'))
    directory.close(false)
    open(path).close(false)
  })

  it.each([
    ['version=1\ncluster.id=a\ndirectory.id=b\nringlog.version=2\n', 'ringlog.version=2'],
    ['version=1\ncluster.id=a\nnode.id=1\ndirectory.id=b\n', 'no version that Ringlog writes'],
    ['version=1\nringlog.version=1\n', 'no cluster.id'],
    ['', 'no version'],
  ])('refuses meta.properties %j, and leaves the directory as it is', (content, message) => {
    const path = temporaryDirectory()
    writeFileSync(join(path, 'meta.properties'), content)
    writeFileSync(join(path, '.kafka_cleanshutdown'), '')
    expect(() => open(path)).toThrow(storageError(message))
    expect(existsSync(join(path, '.kafka_cleanshutdown'))).toBe(true)
    // The lock is free again.
    writeFileSync(
      join(path, 'meta.properties'),
      'version=1\ncluster.id=a\ndirectory.id=b\nringlog.version=1',
    )
    open(path).close(true)
  })

  it('refuses a path that is a file', () => {
    const path = join(temporaryDirectory(), 'file')
    writeFileSync(path, '')
    expect(() => open(path)).toThrow(storageError(path))
  })

  it('deletes the folder of a partition by another name, and finishes that at the next start', () => {
    const path = temporaryDirectory()
    const first = open(path)
    const longTopic = 't'.repeat(249)
    for (const name of ['trades-1', `${longTopic}-0`]) {
      mkdirSync(join(path, name))
      writeFileSync(join(path, name, '00000000000000000000.log'), 'x')
    }
    const removals = [
      first.deletePartition('trades', 1),
      first.deletePartition(longTopic, 0),
      first.deletePartition('trades', 2),
    ]
    const folders = (): string[] => readdirSync(path).filter((name) => name.startsWith('t'))
    expect(folders().map((name) => name.endsWith('-delete'))).toEqual([true, true])
    expect(removals.flatMap((removal) => [...removal])).toHaveLength(2)
    expect(folders()).toEqual([])
    first.close(true)
    const deleted = join(path, `trades-1.${'0123'.repeat(8)}-delete`)
    mkdirSync(deleted)
    writeFileSync(join(deleted, '00000000000000000000.log'), 'x')
    writeFileSync(join(path, 'log-start-offset-checkpoint.tmp'), 'half')
    open(path).close(true)
    expect(readdirSync(path).sort()).toEqual([
      '.kafka_cleanshutdown',
      '.lock',
      '.lock-holder',
      'meta.properties',
    ])
  })

  it('removes a deleted folder whatever another hand has put there, and one that a link leads to', () => {
    const path = temporaryDirectory()
    const elsewhere = temporaryDirectory()
    const first = open(path)
    mkdirSync(join(path, 'trades-0', 'old', 'older'), { recursive: true })
    writeFileSync(join(path, 'trades-0', 'old', 'older', 'notes'), 'x')
    writeFileSync(join(elsewhere, '00000000000000000000.log'), 'x')
    symlinkSync(elsewhere, join(path, 'trades-1'))
    const folders = (): string[] => readdirSync(path).filter((name) => name.startsWith('t'))
    const [removal] = [0, 1].map((partition) => first.deletePartition('trades', partition))
    for (const _ of removal!);
    expect(folders()).toHaveLength(1)
    first.close(true)
    open(path).close(true)
    expect(folders()).toEqual([])
    expect(readdirSync(elsewhere)).toEqual([])
  })

  it("starts beside what is somebody else's, and leaves it there", () => {
    const path = temporaryDirectory()
    const others = ['-delete', 'notes-delete', 'notes.tmp', 'trades-7', 'x.tmp']
    for (const name of others.slice(0, -1)) writeFileSync(join(path, name), 'x')
    mkdirSync(join(path, 'x.tmp'))
    open(path).close(true)
    expect(readdirSync(path)).toEqual(expect.arrayContaining(others))
  })

  it('keeps offsets of partitions as Kafka does', () => {
    const path = temporaryDirectory()
    const directory = open(path)
    expect(directory.recoveryPoints.read()).toEqual([])
    const entries = [
      { topic: 'trades', partition: 0, offset: 41_490 },
      { topic: '__consumer_offsets', partition: 12, offset: 2 ** 40 },
    ]
    directory.recoveryPoints.write(entries)
    expect(directory.recoveryPoints.read()).toEqual(entries)
    expect(directory.logStarts.read()).toEqual([])
    const file = join(path, 'recovery-point-offset-checkpoint')
    expect(readFileSync(file, 'utf8')).toBe(
      `0\n2\ntrades 0 41490\n__consumer_offsets 12 ${2 ** 40}\n`,
    )
    directory.recoveryPoints.write([])
    expect(directory.recoveryPoints.read()).toEqual([])
    writeFileSync(file, `0\n1\n${'x'.repeat(2 ** 20)}`)
    expect(() => directory.recoveryPoints.read()).toThrow(
      /^.{20,400}the line "x{60}…"; without the file all logs are read at the next start$/,
    )
    for (const content of [
      '',
      '1\n0\n',
      '0\n2\ntrades 0 1\n',
      '0\n1\ntrades 0\n',
      '0\n1\ntrades 0 1x\n',
    ]) {
      writeFileSync(file, content)
      expect(() => directory.recoveryPoints.read()).toThrow(storageError(file))
    }
    directory.close(false)
  })
})
