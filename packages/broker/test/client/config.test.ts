import type { RinglogError } from '@ringlog/core'
import { Broker, type BrokerConfig } from '@ringlog/broker'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { resolveBrokerConfig } from '../../src/client/config.ts'

describe('the configuration of a broker', () => {
  test('has Kafka-like defaults', () => {
    expect(resolveBrokerConfig(undefined)).toEqual({
      name: null,
      dataDirectory: null,
      syncThreads: 4,
      maxPartitions: 1024,
      maxRestarts: 5,
      restartWindowMs: 60_000,
      workers: {
        controller: null,
        partitionWorker: null,
        consumerPool: null,
        storageThread: null,
        syncThread: null,
        cleaner: null,
      },
      groupExpiryMs: null,
      onError: null,
    })
  })

  test('takes the files of its threads as URLs and absolute paths', async () => {
    const file = import.meta.filename
    const given = { controller: file, partitionWorker: new URL(import.meta.url) }
    expect(resolveBrokerConfig({ workers: given }).workers).toEqual({
      ...given,
      consumerPool: null,
      storageThread: null,
      syncThread: null,
      cleaner: null,
    })
    const wrong = { controler: file, partitionWorker: './worker.js', consumerPool: `${file}.js` }
    await expect(Broker.start({ workers: wrong })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message:
        'BrokerConfig is not valid: workers is not valid: ' +
        'controler is not an option; did you mean controller? ' +
        'There are controller, partitionWorker, consumerPool, storageThread, syncThread, cleaner; ' +
        'partitionWorker must be a URL or an absolute path, got "./worker.js"; ' +
        `consumerPool must be a module: there is no file ${file}.js`,
    })
  })

  test('has a directory as an absolute path, and then an expiry of groups', () => {
    const days7 = 7 * 24 * 60 * 60 * 1000
    const here = path.resolve('data')
    const durable = { dataDirectory: here, groupExpiryMs: days7 }
    expect(resolveBrokerConfig({ dataDirectory: 'data' })).toMatchObject(durable)
    expect(resolveBrokerConfig({ dataDirectory: pathToFileURL(here) })).toMatchObject(durable)
    expect(resolveBrokerConfig({ dataDirectory: here, groupExpiryMs: 5 })).toMatchObject({
      groupExpiryMs: 5,
    })
  })

  test.each<[unknown, string]>([
    ['', '""'],
    [7, '7'],
    ['a\0b', '"a\\u0000b"'],
    [new URL('http://localhost/data'), 'http://localhost/data'],
    [new URL('file://elsewhere/data'), 'file://elsewhere/data'],
  ])('has no directory %o', async (dataDirectory, shown) => {
    const given = { dataDirectory } as unknown as BrokerConfig
    await expect(Broker.start(given)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/dataDirectory must be a path or a file: URL, got /) as string,
    })
    await expect(Broker.start(given)).rejects.toThrow(shown)
  })

  test('has threads that sync only with a directory', async () => {
    await expect(Broker.start({ syncThreads: 1 })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: 'BrokerConfig is not valid: syncThreads is for brokers with a dataDirectory alone',
    })
  })

  test('is refused with all of its faults at once', async () => {
    const given = {
      name: '',
      dataDirectory: 7,
      syncThreads: 65,
      maxPartitions: 0,
      maxRestarts: -1,
      restartWindowMs: '1 s',
      workers: 'here',
      groupExpiryMs: 0,
      onError: 'log',
      partitions: 3,
    }
    const refused = Broker.start(given as unknown as BrokerConfig)
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_CONFIG', errorCode: 40 })
    const error = await refused.catch((thrown: unknown) => thrown as RinglogError)
    const { faults } = (error as RinglogError).details as { faults: Array<{ option: string }> }
    expect(faults.map(({ option }) => option).sort()).toEqual(Object.keys(given).sort())
    for (const { option } of faults) expect((error as RinglogError).message).toContain(option)
  })

  test.each([null, 7, 'main', []])('is refused where it is %o', async (given) => {
    await expect(Broker.start(given as unknown as BrokerConfig)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('BrokerConfig must be an object') as string,
    })
  })
})
