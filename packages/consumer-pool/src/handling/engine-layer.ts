import type { LogEngine } from '@ringlog/core/internal'

/**
 * The same engine, but for some of its calls. Consumers and producers ask theirs several times a poll: a Proxy would
 * make a function each time.
 */
export function layerOver(engine: LogEngine, own: Partial<LogEngine>): LogEngine {
  const layer = {} as LogEngine
  const define = (name: string, property: PropertyDescriptor): void => {
    if (!Object.hasOwn(layer, name)) Object.defineProperty(layer, name, property)
  }
  for (const [name, value] of Object.entries(own)) define(name, { value })
  for (let of: object = engine; of !== Object.prototype; of = Object.getPrototypeOf(of) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(of))) {
      if (typeof value === 'function') define(name, { value: value.bind(engine) as unknown })
      else define(name, { get: () => engine[name as keyof LogEngine] })
    }
  }
  return layer
}
