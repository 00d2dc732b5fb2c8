/** The part of oidc-provider that the identity service uses; the package brings no types of its own. */
declare module 'oidc-provider' {
  import type { EventEmitter } from 'node:events'
  import type { JsonWebKey } from 'node:crypto'
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Client { clientId: string, idTokenSignedResponseAlg: string }

  export interface TokenContext {
    oidc: {
      client: Client
      params: Record<string, string | undefined>
      requestParamScopes: Set<string>
      entity(name: string, value: object): void
    }
    body: unknown
    type: string
  }

  export interface ResourceServerInfo {
    audience: string
    scope: string
    accessTokenTTL: number
    accessTokenFormat: 'jwt'
    jwt: { sign: { alg: string } }
  }

  export interface Adapter {
    upsert(id: string, payload: Record<string, unknown>, expiresIn?: number): Promise<void>
    find(id: string): Promise<Record<string, unknown> | undefined>
    findByUid(uid: string): Promise<Record<string, unknown> | undefined>
    findByUserCode(userCode: string): Promise<Record<string, unknown> | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export interface ClientMetadata {
    client_id: string
    client_secret: string
    grant_types: string[]
    response_types: string[]
    redirect_uris: string[]
    id_token_signed_response_alg: string
  }

  export interface Configuration {
    adapter: (model: string) => Adapter
    clients: ClientMetadata[]
    cookies: { keys: string[] }
    features: {
      devInteractions: { enabled: boolean }
      clientCredentials: { enabled: boolean }
      resourceIndicators: {
        enabled: boolean
        defaultResource: (ctx: TokenContext) => string
        getResourceServerInfo: (ctx: TokenContext, resource: string, client: Client) => ResourceServerInfo
      }
      rpInitiatedLogout: { enabled: boolean }
    }
    findAccount: (ctx: TokenContext, id: string) => Account | undefined
    jwks: { keys: JsonWebKey[] }
    renderError: (ctx: TokenContext, out: Record<string, string>) => void
    scopes: string[]
    ttl: Record<string, number>
  }

  export interface Account { accountId: string, claims: () => { sub: string } }

  interface AccessTokenInput {
    accountId: string
    client: Client
    gty: string
    scope: string | undefined
    resourceServer: object
  }

  interface AccessToken {
    expiration: number
    scope?: string
    tokenType: string
    save(): Promise<string>
  }

  export class Provider extends EventEmitter {
    constructor(issuer: string, configuration: Configuration)
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    registerGrantType(name: string, handler: (ctx: TokenContext) => Promise<void>, parameters: string[]): void
    readonly AccessToken: new (input: AccessTokenInput) => AccessToken
    readonly ResourceServer: new (identifier: string, info: ResourceServerInfo) => object
  }

  export const errors: {
    InvalidGrant: new (message: string) => Error
    InvalidTarget: new (message: string) => Error
  }
}
