import { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { coordinateOf, type FieldBinding } from './binding.ts'

/**
 * Why an identity may not have a field, or undefined. Root fields and fields with calls of their own are for
 * authenticated clients unless public, which lifts nothing that a root field asks; data goes with its object.
 */
export function denialOf(field: FieldBinding, identity: Identity): SluiceError | undefined {
  const guarded = field.parent === 'Query' || field.parent === 'Mutation' || field.source.kind !== 'data'
  const scopes = neededScopes(field)
  if (scopes === null && (field.access.public || !guarded)) return undefined
  if (identity.subject === null && identity.provider === null) {
    return new SluiceError('UNAUTHENTICATED', `${coordinateOf(field)} needs a credential.`)
  }
  const missing = (scopes ?? []).filter((scope) => !identity.scopes.has(scope))
  if (missing.length === 0) return undefined
  return new SluiceError('FORBIDDEN', `${coordinateOf(field)} needs the scope ${missing.map((scope) => `"${scope}"`).join(' and ')}.`)
}

/** Scopes of the field and of the root fields that its value comes from; null where none of them has @auth. */
function neededScopes({ access: { scopes }, source }: FieldBinding): readonly string[] | null {
  const below = source.kind === 'target' ? neededScopes(source.target.field) : null
  return scopes === null || below === null ? scopes ?? below : [...scopes, ...below]
}
