import { InvalidArgumentError } from 'commander'

const MAX_WHOLE_NUMBER = 2 ** 32 - 1

/** Reads a number of the command line, for commander. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN
    if (value >= min && value <= MAX_WHOLE_NUMBER) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${MAX_WHOLE_NUMBER}.`)
  }
}
