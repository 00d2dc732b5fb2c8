import { TokenError, createVerifier } from 'fast-jwt'
import { decodeJwt } from 'jose'
import type { Clock } from '../clock.ts'
import type { JwtSettings } from '../config/schema.ts'
import { SluiceError, asSluiceError } from '../errors.ts'
import { firstValue } from '../headers.ts'
import type { Identity } from '../identity.ts'
import type { GatewayParts } from '../policy.ts'
import { bearerChallenge } from './challenge.ts'
import { isRecord } from './claim.ts'
import { KeySet, type Key } from './key-set.ts'
import type { Provider, Verification } from './provider.ts'
import { readClaims, untimely, type TokenClaims } from './token-claims.ts'
import { refusalOf } from './token-error.ts'
import { readHeader, type TokenHeader } from './token-header.ts'

/** Longest token that is looked at, in characters. */
const maxLength = 8192
/** Tokens remembered for each key. */
const cacheSize = 5000
/** Token headers remembered: an issuer has one for each of its keys, while a client may vary them at will. */
const maxHeaders = 100

/** Makes a provider of bearer tokens. Nothing is fetched before the first token comes. */
export function createJwtProvider(name: string, settings: JwtSettings, { clock, log }: GatewayParts): Provider {
  const keys = new KeySet(settings, { clock, log: log.child({ provider: name }) })
  return new JwtProvider(name, settings, keys, clock)
}

class JwtProvider implements Provider {
  readonly name: string
  readonly type = 'jwt'
  readonly header = 'authorization'
  readonly #settings: JwtSettings
  readonly #keys: KeySet
  readonly #clock: Clock
  /** By a token's encoded header, which says key and algorithm: what passed the checks of its header has an entry. */
  readonly #verifiers = new Map<string, (token: string) => unknown>()
  readonly #said = new WeakMap<object, TokenClaims | SluiceError>()

  constructor(name: string, settings: JwtSettings, keys: KeySet, clock: Clock) {
    this.name = name
    this.#settings = settings
    this.#keys = keys
    this.#clock = clock
    // A key that its issuer withdraws takes with it all that was remembered of its tokens.
    keys.onChange = () => this.#verifiers.clear()
  }

  recognise(headers: Parameters<Provider['recognise']>[0]): string | undefined {
    const value = firstValue(headers, 'authorization')
    return value === undefined ? undefined : /^bearer +(.*)$/i.exec(value)?.[1]
  }

  owns(token: string): boolean {
    try {
      return token.length <= maxLength && decodeJwt(token).iss === this.#settings.issuer
    } catch {
      return false
    }
  }

  verify(token: string): Verification {
    if (token.length > maxLength) return invalid(`The token is longer than ${maxLength} characters.`)
    const header = token.slice(0, Math.max(0, token.indexOf('.')))
    const verifier = this.#keys.refresh() ? this.#verifiers.get(header) : undefined
    return verifier === undefined ? this.#verifyNew(token, header) : this.#judge(verifier, token)
  }

  challenge(error?: SluiceError): string {
    return bearerChallenge({
      realm: this.name,
      error: error === undefined ? undefined : 'invalid_token',
      error_description: error?.message,
    })
  }

  close(): void {
    this.#keys.close()
  }

  /** The header is checked and its key looked up; this waits where keys have to be fetched. */
  #verifyNew(token: string, encoded: string): Verification {
    const header = readHeader(token, this.#settings.algorithms)
    if (header instanceof SluiceError) return header
    return this.#keys.find(header).then(
      (key) => this.#judge(this.#verifiers.get(encoded) ?? this.#remember(encoded, key, header), token),
      asSluiceError,
    )
  }

  #remember(encoded: string, { pem, edition }: Key, { alg }: TokenHeader): (token: string) => unknown {
    const verifier = this.#compile(pem, alg)
    // A key that was withdrawn while it was being read may serve this once, but mustn't be remembered.
    if (edition !== this.#keys.edition) return verifier
    if (this.#verifiers.size >= maxHeaders) this.#verifiers.clear()
    this.#verifiers.set(encoded, verifier)
    return verifier
  }

  /**
   * fast-jwt checks the signature, issuer and audience, and remembers for which tokens they held, since a signature
   * costs ten times what all the rest does. Nothing is remembered for longer than a minute, and time is checked at
   * every request below: fast-jwt reads no clock but its own, and takes a token in the very moment it expires.
   */
  #compile(key: string, algorithm: TokenHeader['alg']): (token: string) => unknown {
    const { audience, issuer } = this.#settings
    return createVerifier({
      key,
      algorithms: [algorithm],
      allowedIss: issuer,
      allowedAud: audience,
      requiredClaims: ['iss', 'aud', 'sub', 'exp'],
      ignoreExpiration: true,
      ignoreNotBefore: true,
      cache: cacheSize,
      cacheTTL: 60_000,
    })
  }

  #judge(verifier: (token: string) => unknown, token: string): Identity | SluiceError {
    let payload: unknown
    try {
      payload = verifier(token)
    } catch (thrown) {
      return thrown instanceof TokenError ? refusalOf(thrown) : asSluiceError(thrown)
    }
    if (!isRecord(payload)) return invalid('The token is not a well-formed JWT.')
    const said = this.#read(payload)
    if (said instanceof SluiceError) return said
    return untimely(said, this.#clock.now()) ?? said.identity
  }

  /** fast-jwt gives the same object for a token that it remembers, so its claims are read once. */
  #read(payload: Record<string, unknown>): TokenClaims | SluiceError {
    let said = this.#said.get(payload)
    if (said === undefined) {
      said = readClaims(payload, this.name, this.#settings.clockTolerance)
      this.#said.set(payload, said)
    }
    return said
  }
}

function invalid(detail: string): SluiceError {
  return new SluiceError('TOKEN_INVALID', detail)
}
