import { KeyObject } from 'node:crypto'
import { createRemoteJWKSet, errors, type RemoteJWKSet } from 'jose'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { JwtSettings } from '../config/schema.ts'
import { SluiceError } from '../errors.ts'
import { discoverKeys } from './discovery.ts'
import type { TokenHeader } from './token-header.ts'

/** Keys older than this are fetched again behind the back of requests: so soon a withdrawn key stops counting. */
const freshMs = 60_000
/** Keys older than this are fetched again before they are used, as after a night without requests. */
const staleMs = 120_000
/** Pause between fetches that keys which nobody knows may cause: one at once, as after a rotation, then no more for a while. */
const unknownKeyMs = 30_000
/** Pause after a fetch that failed. */
const failureMs = 5000
const timeoutMs = 5000

/** A public key, and which edition of the key set it stands in. */
export interface Key {
  readonly pem: string
  readonly edition: number
}

/**
 * An issuer's keys, fetched when first needed. However many requests wait, there is one fetch at a time. Where the
 * issuer can't be reached, the keys that it gave last keep counting.
 */
export class KeySet {
  /** Called when the issuer has published other keys than before. */
  onChange: () => void = () => undefined
  readonly #settings: JwtSettings
  readonly #clock: Clock
  readonly #log: Logger
  readonly #closed = new AbortController()
  #edition = 0
  #address: URL | undefined
  #remote: RemoteJWKSet | undefined
  #published = ''
  #fetchedAt = -Infinity
  #failedAt = -Infinity
  #askedAt = -Infinity
  #fetching: Promise<boolean> | undefined

  constructor(settings: JwtSettings, { clock, log }: { clock: Clock; log: Logger }) {
    this.#settings = settings
    this.#clock = clock
    this.#log = log
  }

  /** Counts the different key sets that the issuer has published. */
  get edition(): number {
    return this.#edition
  }

  /** Whether what is known may be used as it is. Fetches in the background when the keys are no longer fresh. */
  refresh(): boolean {
    if (this.#remote === undefined) return false
    const age = this.#clock.now() - this.#fetchedAt
    if (age < freshMs || this.#coolingDown) return true
    void this.#fetch()
    return age < staleMs
  }

  /** The public key that a token's header means. Rejects with a `SluiceError`. */
  async find(header: TokenHeader): Promise<Key> {
    const known = this.#fetchedAt
    if (!this.refresh()) await this.#fetch()
    const key = await this.#lookUp(header)
    if (key !== undefined) return key
    if (this.#fetchedAt !== known) throw unknownKey()
    if (this.#fetching === undefined) {
      const now = this.#clock.now()
      if (now - this.#askedAt < unknownKeyMs) throw unknownKey()
      this.#askedAt = now
    }
    // The key may be newer than what we know. Where that can't be found out, the token may well be good.
    if (!(await this.#fetch())) throw unavailable()
    const newer = await this.#lookUp(header)
    if (newer === undefined) throw unknownKey()
    return newer
  }

  close(): void {
    this.#closed.abort(new Error('the identity provider is no longer configured'))
  }

  get #coolingDown(): boolean {
    return this.#clock.now() - this.#failedAt < failureMs
  }

  /** Undefined where the issuer hasn't published such a key. */
  async #lookUp({ alg, kid }: TokenHeader): Promise<Key | undefined> {
    if (this.#remote === undefined) throw unavailable()
    const edition = this.#edition
    try {
      const key = await this.#remote(kid === undefined ? { alg } : { alg, kid })
      return { pem: KeyObject.from(key).export({ type: 'spki', format: 'pem' }).toString(), edition }
    } catch (thrown) {
      if (thrown instanceof errors.JWKSNoMatchingKey) return undefined
      if (thrown instanceof errors.JWKSMultipleMatchingKeys) {
        throw new SluiceError('TOKEN_INVALID', 'The token does not say which of the keys of its issuer signed it.')
      }
      throw thrown
    }
  }

  /** Whether the keys are the issuer's latest now. */
  async #fetch(): Promise<boolean> {
    if (this.#fetching === undefined && this.#coolingDown) return false
    this.#fetching ??= this.#load().then(
      () => true,
      (cause: unknown) => {
        this.#failedAt = this.#clock.now()
        this.#address = undefined
        if (!this.#closed.signal.aborted) this.#log.warn({ err: cause }, 'the keys of the identity provider could not be fetched')
        return false
      },
    ).finally(() => (this.#fetching = undefined))
    return this.#fetching
  }

  async #load(): Promise<void> {
    const { issuer, jwks } = this.#settings
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(timeoutMs)])
    this.#address ??= jwks === undefined ? await discoverKeys(issuer, signal) : new URL(jwks)
    // jose fetches, reads and chooses; when to fetch is decided here alone, so its own timers are switched off.
    const remote = createRemoteJWKSet(this.#address, {
      timeoutDuration: timeoutMs,
      cooldownDuration: Infinity,
      cacheMaxAge: Infinity,
    })
    await remote.reload()
    const published = JSON.stringify(remote.jwks())
    this.#fetchedAt = this.#clock.now()
    if (published === this.#published) return
    this.#published = published
    this.#remote = remote
    this.#edition += 1
    this.onChange()
  }
}

function unknownKey(): SluiceError {
  return new SluiceError('TOKEN_KEY_UNKNOWN', 'The token is signed with a key that its issuer is not known to publish.')
}

function unavailable(): SluiceError {
  return new SluiceError('IDENTITY_UNAVAILABLE', 'The token cannot be checked now, since the keys of its issuer cannot be fetched.', {
    headers: { 'retry-after': String(failureMs / 1000) },
  })
}
