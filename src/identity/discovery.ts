import { isRecord } from './claim.ts'

/**
 * Asks an issuer's discovery document where its keys are (OpenID Connect Discovery 1.0 section 4). Rejects where
 * the document can't be had, or is another issuer's.
 */
export async function discoverKeys(issuer: string, signal: AbortSignal): Promise<URL> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(address, { signal, redirect: 'error', headers: { accept: 'application/json' } })
  if (!response.ok) throw new Error(`the discovery document is answered with ${response.status}`)
  const document: unknown = await response.json()
  if (!isRecord(document)) throw new Error('the discovery document is not an object')
  // Otherwise whoever can publish a document anywhere could vouch for this issuer's tokens.
  if (document['issuer'] !== issuer) throw new Error('the discovery document names another issuer')
  return keyAddress(document['jwks_uri'], issuer)
}

/** Keys of an issuer that is reached safely have to be reached safely too. */
function keyAddress(address: unknown, issuer: string): URL {
  const url = typeof address === 'string' ? URL.parse(address) : null
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && issuer.startsWith('http:'))
  if (url === null || !safe) throw new Error('the discovery document names no usable address for the keys')
  return url
}
