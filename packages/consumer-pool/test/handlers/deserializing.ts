/** Writes what it finds in each record, which its serdes have made of the bytes. */
import { serdes } from '@ringlog/core'
import { defineHandler, type HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

interface Order {
  readonly id: number
}

export default defineHandler({
  keySerde: serdes.string,
  valueSerde: serdes.json<Order>(),
  handle: ({ key, value }, context: HandlerContext<string>) => {
    writeDone(`${context.data} ${key?.toUpperCase()} ${value.id + 1}`, context)
  },
})
