import { setImmediate, setTimeout } from 'node:timers/promises'

/** Waits until something holds; fails, and says what, where it does not within `timeoutMs`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadlineMs) {
      throw new Error(`within ${timeoutMs} ms it did not come to ${String(holds)}`)
    }
    await setTimeout(1)
  }
}

/** Lets everything that is due in this thread happen. */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate()
}

/** Whether the promise is settled once `due` is over: everything that is due in this thread. */
export async function isSettled(
  promise: Promise<unknown>,
  due: Promise<unknown> = settle(),
): Promise<boolean> {
  let isDone = false
  const end = (): void => {
    isDone = true
  }
  promise.then(end, end)
  await due
  return isDone
}
