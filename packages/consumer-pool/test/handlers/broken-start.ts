export function start(): void {
  throw new RangeError('no database')
}

export function handle(): void {}
