import { reasonOf } from '@ringlog/core/internal'
import type { SASLOptions } from '@platformatic/kafka'
import type { ClusterSasl } from '../cluster-config.ts'

/**
 * The user's functions, with what they throw, reject with, or return by mistake told to who waits for the connection.
 * The package itself takes whatever they return, and fails on it where nobody catches that.
 */
export function checkedSasl(sasl: ClusterSasl): SASLOptions {
  const { username, password, token, authenticate } = sasl
  return {
    ...(sasl as SASLOptions),
    ...(typeof username === 'function' && { username: checkedText('username', username) }),
    ...(typeof password === 'function' && { password: checkedText('password', password) }),
    ...(typeof token === 'function' && { token: checkedText('token', token) }),
    ...(authenticate !== undefined && { authenticate: settled(authenticate) }),
  }
}

function checkedText(name: string, give: () => unknown): () => Promise<string> {
  return async () => {
    const given = await give()
    if (typeof given === 'string') return given
    // What it is may be a secret all the same.
    throw new TypeError(
      `sasl.${name}() must return a string, returned ${given === null ? 'null' : typeof given}`,
    )
  }
}

type Authenticate = NonNullable<SASLOptions['authenticate']>

function settled(authenticate: Authenticate): Authenticate {
  return (...args) => {
    const tell = args[6]
    const tellFailure = (error: unknown): void =>
      tell(error instanceof Error ? error : new Error(reasonOf(error)), undefined)
    const call = async (): Promise<void> => authenticate(...args)
    call().catch(tellFailure)
  }
}
