import { generateKeyPairSync, randomBytes, type JsonWebKey, type KeyObject } from 'node:crypto'
import { errors, Provider } from 'oidc-provider'
import { addPasswordGrant } from './password-grant.ts'
import { CLIENTS, SCOPES, SHOP, shopTokens, TOKEN_SECONDS } from './settings.ts'
import type { IdentityStore } from './store.ts'

const DAY_SECONDS = 24 * 60 * 60

/** An OpenID provider with fresh signing keys. Throws when the issuer is no http(s) address. */
export function createProvider(issuer: string, store: IdentityStore): Provider {
  const provider = new Provider(issuer, {
    adapter: store.openAdapter,
    clients: CLIENTS,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => SHOP,
        getResourceServerInfo: (_ctx, resource, client) => {
          if (resource !== SHOP) throw new errors.InvalidTarget(`there is no resource ${resource}`)
          return shopTokens(client.idTokenSignedResponseAlg)
        },
      },
      rpInitiatedLogout: { enabled: false },
    },
    findAccount: (_ctx, id) => store.findAccount(id),
    jwks: { keys: generateSigningKeys() },
    renderError: (ctx, out) => {
      ctx.type = 'json'
      ctx.body = out
    },
    scopes: ['openid', ...SCOPES],
    ttl: {
      AccessToken: TOKEN_SECONDS, ClientCredentials: TOKEN_SECONDS, IdToken: TOKEN_SECONDS,
      Grant: DAY_SECONDS, Interaction: DAY_SECONDS, RefreshToken: DAY_SECONDS, Session: DAY_SECONDS,
    },
  })
  addPasswordGrant(provider, store)
  return provider
}

function generateSigningKeys(): JsonWebKey[] {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return [signingKey(rsa.privateKey, 'RS256'), signingKey(ec.privateKey, 'ES256')]
}

function signingKey(key: KeyObject, algorithm: string): JsonWebKey {
  return { ...key.export({ format: 'jwk' }), alg: algorithm, use: 'sig' }
}
