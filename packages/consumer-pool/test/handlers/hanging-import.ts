await new Promise(() => undefined)
export function handle(): void {}
