/**
 * Fields as `console.log` is to show them: as those of an object of a class of that name. What an
 * object's `util.inspect.custom` method returns.
 */
export function shownAs(name: string, fields: object): object {
  const { [name]: constructor } = { [name]: function () {} }
  return Object.assign(Object.create(constructor!.prototype as object) as object, fields)
}
