/**
 * What tests of programs that use Ringlog need: mocks, and a clock that a test moves. `ringlog` itself loads
 * none of it.
 *
 * @module ringlog/testing
 */
export * from '@ringlog/testing'
