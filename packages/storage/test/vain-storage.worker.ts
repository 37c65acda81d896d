/** A storage thread that does not come as far as to serve its host. */
throw new Error('a mistake of the storage thread')
