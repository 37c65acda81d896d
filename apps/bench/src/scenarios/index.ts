/** The scenarios that come with the bench, in the order in which they are run and listed. */
export const BUILT_IN_SCENARIOS: readonly URL[] = [
  './rpc-1p1c.js',
  './rpc-3p3c.js',
  '../rivals/rival-postmessage.js',
  '../rivals/rival-comlink.js',
  '../limits/limit-copy-pipeline.js',
  './rpc-send-await.js',
  '../limits/limit-comlink-round-trip.js',
  './memory.js',
  './start-up.js',
].map((path) => new URL(path, import.meta.url))
