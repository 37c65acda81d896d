import { serdes, type RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { resolveProducerConfig, type ProducerConfig } from '../src/config.ts'

function faultsOf(config: unknown): Record<string, string> {
  try {
    resolveProducerConfig(config as ProducerConfig)
  } catch (error) {
    const { code, details } = error as RinglogError
    expect(code).toBe('INVALID_CONFIG')
    const faults = details['faults'] as Array<{ option: string; fault: string }>
    return Object.fromEntries(faults.map(({ option, fault }) => [option, fault]))
  }
  return {}
}

describe("a producer's configuration", () => {
  test("has Kafka's defaults, but where they are said to differ", () => {
    expect(resolveProducerConfig(undefined)).toEqual({
      transport: 'auto',
      acks: 'all',
      partitioner: 'default',
      batchSizeBytes: 65_536,
      lingerMs: 0,
      bufferMemoryBytes: 33_554_432,
      maxInFlight: 5,
      maxBlockMs: 60_000,
      requestTimeoutMs: 30_000,
      deliveryTimeoutMs: 120_000,
      retryBackoffMs: 100,
      idempotence: true,
      compression: 'none',
      keySerde: null,
      valueSerde: null,
      waitStrategy: 'park',
      clientId: null,
      onDeliveryError: null,
    })
  })

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('compression %s', (compression) => {
    expect(resolveProducerConfig({ compression }).compression).toBe(compression)
  })

  test.each<[string, unknown]>([
    ['acks', 2],
    ['acks', '1'],
    ['acks', null],
    ['compression', 'brotli'],
    ['compression', 4],
    ['keySerde', 'string'],
    ['valueSerde', { serialize: () => null }],
    ['deliveryTimeoutMs', -1],
    ['deliveryTimeoutMs', '5'],
    ['retryBackoffMs', NaN],
    ['onDeliveryError', 'log'],
    ['waitStrategy', 'sleep'],
    ['retries', 5],
  ])('%s: %j is refused', (option, value) => {
    expect(Object.keys(faultsOf({ [option]: value }))).toEqual([option])
  })

  test('every fault is told at once, also those between options', () => {
    const given = {
      acks: 0,
      idempotence: true,
      lingerMs: 10,
      requestTimeoutMs: 100,
      deliveryTimeoutMs: 109,
      compression: 'brotli',
      valueSerde: serdes.json,
    }
    expect(faultsOf(given)).toEqual({
      compression: expect.stringContaining('got "brotli"') as string,
      valueSerde: expect.stringContaining('serialize and deserialize') as string,
      idempotence: 'must be false or absent with acks 0, got true',
      deliveryTimeoutMs: 'must be at least lingerMs + requestTimeoutMs, 110, got 109',
    })
  })

  test('acks 0 turns idempotence off, and with it the limit of batches in flight', () => {
    expect(resolveProducerConfig({ acks: 0, maxInFlight: 20 })).toMatchObject({
      idempotence: false,
      maxInFlight: 20,
    })
    expect(resolveProducerConfig({ acks: 0, idempotence: false }).idempotence).toBe(false)
    expect(Object.keys(faultsOf({ maxInFlight: 6 }))).toEqual(['maxInFlight'])
    expect(resolveProducerConfig({ maxInFlight: 6, idempotence: false }).maxInFlight).toBe(6)
  })

  test('the time to deliver is at least linger and one request, where it is not given', () => {
    const config = resolveProducerConfig({ lingerMs: 100_000, requestTimeoutMs: 50_000 })
    expect(config.deliveryTimeoutMs).toBe(150_000)
    const exact = { lingerMs: 5, requestTimeoutMs: 10, deliveryTimeoutMs: 15 }
    expect(resolveProducerConfig(exact).deliveryTimeoutMs).toBe(15)
  })
})
