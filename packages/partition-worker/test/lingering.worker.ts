/** A partition's thread that something else keeps alive: a timer of what was loaded into it. */
await import('@ringlog/partition-worker/worker')
setInterval(() => undefined, 60_000)
