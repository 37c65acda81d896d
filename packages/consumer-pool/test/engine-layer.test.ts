import type { LogEngine } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { layerOver } from '../src/handling/engine-layer.ts'

class Engine {
  readonly blocking = 'waits'
  #closedError: Error | null = null

  get isClosed(): boolean {
    return this.#closedError !== null
  }

  closedError(): Error | null {
    return this.#closedError
  }

  close(): void {
    this.#closedError = new Error('closed')
  }

  keepAlive(): () => void {
    return () => undefined
  }
}

function letGo(): void {}

test('an engine with a layer over it is the engine, but for what the layer has of its own', () => {
  const engine = new Engine()
  const own = { keepAlive: () => letGo }
  const layer = layerOver(engine as unknown as LogEngine, own) as unknown as Engine
  expect(layer.keepAlive()).toBe(letGo)
  expect(layer.blocking).toBe('waits')
  expect(layer.isClosed).toBe(false)
  layer.close()
  expect(engine.isClosed).toBe(true)
  expect(layer.isClosed).toBe(true)
  expect(layer.closedError()).toBe(engine.closedError())
})

test('layers lie over one another', () => {
  const engine = new Engine()
  const lower = layerOver(engine as unknown as LogEngine, { closedError: () => null })
  const upper = layerOver(lower, {}) as unknown as Engine
  upper.close()
  expect(upper.isClosed).toBe(true)
  expect(engine.closedError()).not.toBe(null)
  expect(upper.closedError()).toBe(null)
})
