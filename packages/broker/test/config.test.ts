import type { RinglogError } from '@ringlog/core'
import { Broker, type BrokerConfig } from '@ringlog/broker'
import { describe, expect, test } from 'vitest'
import { resolveBrokerConfig } from '../src/config.ts'

describe('the configuration of a broker', () => {
  test('has Kafka-like defaults', () => {
    expect(resolveBrokerConfig(undefined)).toEqual({
      name: null,
      maxPartitions: 1024,
      maxRestarts: 5,
      restartWindowMs: 60_000,
      onError: null,
    })
  })

  test('is refused with all of its faults at once', async () => {
    const given = {
      name: '',
      maxPartitions: 0,
      maxRestarts: -1,
      restartWindowMs: '1 s',
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
