/** What a handler has come to: what it returned, or threw. */
export type HandlerEnd = { readonly value: unknown } | { readonly error: unknown }

export async function endOf(call: () => unknown): Promise<HandlerEnd> {
  try {
    return { value: await call() }
  } catch (error) {
    return { error }
  }
}
