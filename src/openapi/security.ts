import { parsePattern, type Segment } from '../match/pattern.ts'
import { isRecord } from '../identity/claim.ts'
import type { AccessSettings, ProviderSettings } from '../config/schema.ts'
import type { Json } from './json.ts'

/** What a request needs to be let in: scopes, or just to be somebody. */
export interface Needs {
  readonly scopes: ReadonlySet<string>
  /** Whether an anonymous client gets nowhere, even where the route lets it in. */
  readonly known: boolean
  /** Whether somebody who is known may still be refused. */
  readonly more: boolean
}

export const needsNothing: Needs = { scopes: new Set(), known: false, more: false }

export function bothNeeds(one: Needs, other: Needs): Needs {
  return { scopes: new Set([...one.scopes, ...other.scopes]), known: one.known || other.known, more: one.more || other.more }
}

/** What the policies of a route ask of the identity. */
export function needsOf({ authorize }: Readonly<Record<string, unknown>>): Needs {
  return isRecord(authorize) ? needsFor(authorize) : needsNothing
}

function needsFor({ scopes = [], claims = {} }: Readonly<Record<string, unknown>>): Needs {
  const names = Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : []
  return { scopes: new Set(names), known: true, more: names.length > 0 || (isRecord(claims) && Object.keys(claims).length > 0) }
}

/** What a service's own rules ask of calls to a path, which may have expressions in braces. */
export function needsOfCall(rules: readonly AccessSettings[], method: string, path: string): Needs {
  const segments = path.replace(/\{[?&][^]*$|\?[^]*$/, '').split('/').slice(1)
  return rules
    .filter(({ methods, path: pattern }) => (methods?.includes(method) ?? true) && overlaps(parsePattern(pattern), segments))
    .map(needsFor)
    .reduce(bothNeeds, needsNothing)
}

/** Whether a path whose expressions have any value could fit a pattern. */
function overlaps(pattern: readonly Segment[], segments: readonly string[]): boolean {
  const open = segments.at(-1) === '*'
  const length = open ? segments.length - 1 : segments.length
  for (const [index, segment] of pattern.entries()) {
    if (segment.kind === 'rest') return true
    if (index >= length) return open
    const text = segments[index] ?? ''
    if (segment.kind === 'literal' && !text.includes('{') && segment.text !== text) return false
  }
  return pattern.length === length || open
}

/** How clients show who they are, by provider. */
export function securityScheme(settings: ProviderSettings): Json {
  if (settings.type === 'jwt') return { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }
  if (settings.type === 'mtls') return { type: 'mutualTLS' }
  return { type: 'apiKey', in: 'header', name: settings.header }
}

/** Providers whose credentials a route takes, and whether it takes requests without any. */
export function authOf({ auth }: Readonly<Record<string, unknown>>): { providers: readonly string[], required: boolean } {
  if (!isRecord(auth) || !Array.isArray(auth['providers'])) return { providers: [], required: false }
  return { providers: auth['providers'].filter((name) => typeof name === 'string'), required: auth['required'] !== false }
}

/** The alternatives of an operation: one of the route's providers with the scopes, or nothing. */
export function securityOf(policies: Readonly<Record<string, unknown>>, { scopes, known }: Needs): Json[] {
  const { providers, required } = authOf(policies)
  const kinds = providers.map((name) => ({ [name]: [...scopes] }))
  return required || known ? kinds : [...kinds, {}]
}
