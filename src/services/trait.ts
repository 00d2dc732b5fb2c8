import { firstValue } from '../headers.ts'
import { readClaim } from '../identity/claim.ts'
import type { CallContext } from './service.ts'

/** Reads of a client what a decision goes by; undefined where the client does not have it. */
export type Trait = (context: Pick<CallContext, 'identity' | 'client' | 'asked'>) => string | undefined

/** Compiles `identity.subject`, `identity.claims.x`, `client.address`, `header.x` or `cookie.x`. */
export function compileTrait(by: string): Trait {
  const [kind, name] = splitOnce(by)
  if (by === 'identity.subject') return ({ identity }) => identity.subject ?? undefined
  if (by === 'client.address') return ({ client }) => client.address
  if (kind === 'header') return ({ asked }) => present(firstValue(asked, name.toLowerCase()))
  if (kind === 'cookie') return ({ asked }) => present(readCookie(firstValue(asked, 'cookie') ?? '', name))
  const path = by.slice('identity.claims.'.length)
  return ({ identity }) => asText(readClaim(identity.claims, path))
}

function splitOnce(text: string): [string, string] {
  const dot = text.indexOf('.')
  return [text.slice(0, dot), text.slice(dot + 1)]
}

/** The value of a cookie (RFC 6265 section 4.2); the first where its name is repeated. */
function readCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}

function present(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function asText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
