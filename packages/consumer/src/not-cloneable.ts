/**
 * The value of a property of objects that structured clone would strip of all that their getters give:
 * posting one throws a DataCloneError that says this.
 */
export const COPY_TO_POST: unique symbol = Symbol('a polled record: post record.copy() instead')
