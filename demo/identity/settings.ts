import type { ClientMetadata, ResourceServerInfo } from 'oidc-provider'

export const SCOPES = ['users:read', 'catalog:read', 'catalog:write', 'orders:read', 'orders:write']

/** What access tokens are for when a client names no resource (RFC 8707). */
export const SHOP = 'urn:shop'
export const TOKEN_SECONDS = 12 * 60 * 60

/**
 * A report that runs by itself and an app that users sign in to, each twice: the access tokens of a client are
 * signed with the algorithm that it has registered for its ID tokens.
 */
export const CLIENTS: ClientMetadata[] = [
  client('reports', process.env['REPORTS_SECRET'] ?? 'reports-secret', 'client_credentials', 'RS256'),
  client('reports-es256', process.env['REPORTS_SECRET'] ?? 'reports-secret', 'client_credentials', 'ES256'),
  client('shop-app', process.env['SHOP_APP_SECRET'] ?? 'shop-app-secret', 'password', 'RS256'),
  client('shop-app-es256', process.env['SHOP_APP_SECRET'] ?? 'shop-app-secret', 'password', 'ES256'),
]

/** The password of every demo user. */
export const DEMO_PASSWORD = process.env['DEMO_PASSWORD'] ?? 'demo'

/** How tokens for the shop look, signed with `algorithm`. */
export function shopTokens(algorithm: string): ResourceServerInfo {
  return {
    audience: 'shop',
    scope: SCOPES.join(' '),
    accessTokenTTL: TOKEN_SECONDS,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: algorithm } },
  }
}

function client(id: string, secret: string, grant: string, algorithm: string): ClientMetadata {
  return {
    client_id: id,
    client_secret: secret,
    grant_types: [grant],
    response_types: [],
    redirect_uris: [],
    id_token_signed_response_alg: algorithm,
  }
}
