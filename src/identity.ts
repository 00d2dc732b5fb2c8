/** Who the client is. `subject` and `provider` are null for anonymous. */
export interface Identity {
  readonly subject: string | null
  readonly scopes: ReadonlySet<string>
  readonly claims: Readonly<Record<string, unknown>>
  /** The identity provider's name in the config. */
  readonly provider: string | null
  /** Clock time from which the credential no longer counts, in ms; null where nothing says so. */
  readonly expiresAt: number | null
}

export const anonymous: Identity = Object.freeze({
  subject: null,
  scopes: new Set<string>(),
  claims: Object.freeze({}),
  provider: null,
  expiresAt: null,
})
