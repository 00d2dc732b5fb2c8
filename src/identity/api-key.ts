import { hash } from 'node:crypto'
import type { ApiKeySettings } from '../config/schema.ts'
import { SluiceError } from '../errors.ts'
import { firstValue } from '../headers.ts'
import type { Identity } from '../identity.ts'
import { challenge } from './challenge.ts'
import type { Provider } from './provider.ts'

/** Longest key that is looked at. */
const maxLength = 512

/** A line of a key list that can't be understood, or the list itself; the message has no full stop. */
export class KeyListError extends Error {}

/** Makes a provider of API keys. Throws `KeyListError`. */
export function createApiKeyProvider(name: string, settings: ApiKeySettings): Provider {
  const identities = parseKeys(settings.keys, name)
  const header = settings.header.toLowerCase()
  const unknown = new SluiceError('API_KEY_UNKNOWN', 'The API key is not known; it may have been withdrawn.')
  return {
    name,
    type: settings.type,
    header,
    recognise: (headers) => firstValue(headers, header),
    // The lookup is by the key's hash. How long it takes can tell of the hash at most, which a caller can neither
    // steer nor turn back into a key, so there is nothing for a comparison in constant time to hide.
    verify: (key) => (key.length > maxLength ? undefined : identities.get(hash('sha256', key))) ?? unknown,
    challenge: () => challenge('ApiKey', { realm: name, header }),
    close: () => undefined,
  }
}

/**
 * Reads a list of hashed keys, one `sha256:<hex> <subject> [scope …]` a line; empty lines and those that begin with
 * `#` say nothing. Throws `KeyListError` with the number of the first line that can't be understood.
 */
export function parseKeys(text: string, provider: string): ReadonlyMap<string, Identity> {
  const identities = new Map<string, Identity>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [digest, subject, ...scopes] = line.trim().split(/\s+/)
    if (digest === undefined || digest === '' || digest.startsWith('#')) continue
    const hex = /^sha256:([0-9a-f]{64})$/i.exec(digest)?.[1]?.toLowerCase()
    if (hex === undefined) throw problem(index, 'must begin with "sha256:" and 64 hexadecimal digits')
    if (subject === undefined || subject.startsWith('#')) throw problem(index, 'has no subject after the hash')
    if (identities.has(hex)) throw problem(index, 'has the hash of a key that stands further up')
    identities.set(hex, Object.freeze({ subject, scopes: new Set(scopes), claims: Object.freeze({}), provider, expiresAt: null }))
  }
  return identities
}

/** Never shows the line: it may be a key that someone forgot to hash. */
function problem(index: number, what: string): KeyListError {
  return new KeyListError(`line ${index + 1} of the keys ${what}`)
}
