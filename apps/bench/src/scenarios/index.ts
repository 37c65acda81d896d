import { moduleBeside } from '../runner/module-beside.ts'

/** The scenarios that come with the bench, in the order in which they are run and listed. */
export const BUILT_IN_SCENARIOS: readonly URL[] = [
  './rpc-1p1c',
  './rpc-3p3c',
  './shared-1p1c',
  './shared-3p3c',
  '../rivals/rival-postmessage',
  '../rivals/rival-comlink',
  '../limits/limit-copy-pipeline',
  './compression',
  './rpc-send-await',
  '../limits/limit-comlink-round-trip',
  './memory',
  './start-up',
  './poll-500',
  './auto-commit-500',
  './shared-1p1c-objects',
  './shared-1p1c-send',
  './shared-1p1c-8-partitions',
  './shared-1p3c',
  './shared-1p1c-1k',
  '../limits/limit-copy-pipeline-1k',
  './shared-1p1c-16k',
  '../limits/limit-copy-pipeline-16k',
  './shared-1p1c-64k',
  '../limits/limit-copy-pipeline-64k',
].map((path) => moduleBeside(path, import.meta.url))
