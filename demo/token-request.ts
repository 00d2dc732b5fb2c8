import { DEMO_PASSWORD, CLIENTS, SCOPES } from './identity/settings.ts'

export interface TokenRequest {
  issuer: string
  /** A user's id; without it the token is for the service account. */
  user?: string | undefined
  /** All that there are when left out. */
  scopes?: string[] | undefined
  algorithm?: 'RS256' | 'ES256' | undefined
}

/** Asks the identity service for an access token. Throws an Error whose message is one line for people. */
export async function requestToken(request: TokenRequest): Promise<string> {
  const { issuer, scopes = SCOPES } = request
  const answer = await post(`${issuer.replace(/\/$/, '')}/token`, formOf(request, scopes), authorizationOf(request))
  const { access_token: token, scope = '', error_description: why, error = 'it sent no token' } = answer
  if (token === undefined) throw new Error(`${issuer} gave no token: ${why ?? error}`)
  const missing = scopes.filter((asked) => !scope.split(' ').includes(asked))
  if (missing.length > 0) throw new Error(`there is no scope ${missing.join(', ')}; there are ${SCOPES.join(', ')}`)
  return token
}

function formOf({ user }: TokenRequest, scopes: string[]): URLSearchParams {
  const form = user === undefined
    ? { grant_type: 'client_credentials' }
    : { grant_type: 'password', username: user, password: DEMO_PASSWORD }
  return new URLSearchParams(scopes.length === 0 ? form : { ...form, scope: scopes.join(' ') })
}

function authorizationOf({ user, algorithm = 'RS256' }: TokenRequest): string {
  const grant = user === undefined ? 'client_credentials' : 'password'
  const client = CLIENTS.find(({ grant_types: grants, id_token_signed_response_alg: signedWith }) => {
    return grants.includes(grant) && signedWith === algorithm
  })
  if (client === undefined) throw new Error(`no client has ${algorithm} tokens`)
  return `Basic ${btoa(`${encodeURIComponent(client.client_id)}:${encodeURIComponent(client.client_secret)}`)}`
}

async function post(url: string, body: URLSearchParams, authorization: string): Promise<Record<string, string>> {
  const response = await fetch(url, { method: 'POST', body, headers: { authorization } }).catch((error: unknown) => {
    throw new Error(`nothing answers at ${new URL(url).origin}; is the identity service running?`, { cause: error })
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (typeof answer !== 'object' || answer === null) return { error: `status ${response.status}` }
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, String(value)]))
}
