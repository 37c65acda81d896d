import {
  SpanStatusCode,
  context,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api'
import { RinglogError, describeThrown, isThenable } from '@ringlog/core/internal'

/** Spans of Ringlog; until the program has registered a provider, they do nothing. */
export function tracer(): Tracer {
  return trace.getTracer('ringlog')
}

/**
 * Runs `act` within a span and ends it, as soon as what `act` returns is settled; a value that is no promise is
 * returned at once. What `act` throws the span is given, and the caller as it is.
 */
export function runInSpan<T>(
  span: Span,
  act: (within: Context) => T,
  onValue?: (value: Awaited<T>) => void,
): T {
  const within = trace.setSpan(context.active(), span)
  try {
    const value = context.with(within, () => act(within))
    if (!isThenable(value)) {
      end(span, value, onValue)
      return value
    }
    const settled = Promise.resolve(value).then(
      (answer) => {
        end(span, answer as Awaited<T>, onValue)
        return answer
      },
      (error: unknown) => {
        fail(span, error)
        throw error
      },
    )
    return settled as T
  } catch (error) {
    fail(span, error)
    throw error
  }
}

function end<T>(span: Span, value: T, onValue?: (value: Awaited<T>) => void): void {
  onValue?.(value as Awaited<T>)
  span.end()
}

function fail(span: Span, error: unknown): void {
  const message = describeThrown(error)
  span.recordException(error instanceof Error ? error : message)
  span.setAttribute('error.type', errorType(error))
  span.setStatus({ code: SpanStatusCode.ERROR, message })
  span.end()
}

/** A low number of values, as the conventions ask: a code where there is one. */
function errorType(error: unknown): string {
  if (RinglogError.is(error)) return error.code
  return error instanceof Error ? error.name : '_OTHER'
}
