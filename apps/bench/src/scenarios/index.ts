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
  './rpc-send-await',
  '../limits/limit-comlink-round-trip',
  './memory',
  './start-up',
].map((path) => moduleBeside(path, import.meta.url))
