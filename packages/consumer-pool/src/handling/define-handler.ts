import type { HandlerModule } from './handler-context.ts'

/**
 * A handler module, with the types of its records: those that its serdes make. It returns what it is given; a
 * module exports it as its default, or its parts by their names.
 *
 * ```ts
 * export default defineHandler({
 *   valueSerde: serdes.json<Order>(),
 *   handle: ({ value }, { data }: HandlerContext<Settings>) => bill(value, data),
 * })
 * ```
 */
export function defineHandler<K = Buffer | null, V = Buffer | null, D = unknown>(
  handler: HandlerModule<D, K, V>,
): HandlerModule<D, K, V> {
  return handler
}
