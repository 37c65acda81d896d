/**
 * Traces by OpenTelemetry: spans of what is sent and handled, tied together by the headers of records. It needs the
 * package `@opentelemetry/api`; `ringlog` itself loads none of it.
 *
 * @module ringlog/opentelemetry
 */
export * from '@ringlog/monitoring/opentelemetry'
