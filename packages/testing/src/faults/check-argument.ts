import { RinglogError, optionsInPlaceOf, show, type Option } from '@ringlog/core/internal'

/**
 * @param call For the message: `failAppends()`.
 * @throws RinglogError INVALID_REQUEST unless `value` is what `option` allows.
 */
export function checkArgument(
  call: string,
  name: string,
  option: Option<unknown>,
  value: unknown,
): void {
  const fault = option.fault(value)
  if (fault !== null) throw invalid(`${name} of ${call} ${fault}`, name)
}

/** @throws RinglogError INVALID_REQUEST unless `options` is an object with no other properties than these. */
export function checkOptionNames(call: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const example = `{ ${names[0]}: … }`
    throw invalid(`options of ${call} must be an object, such as ${example}, got ${show(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue
    throw invalid(`${name} is not an option of ${call}; ${optionsInPlaceOf(name, names)}`, name)
  }
}

function invalid(message: string, option?: string): RinglogError {
  const details = option === undefined ? {} : { option }
  return new RinglogError('INVALID_REQUEST', message, { details })
}
