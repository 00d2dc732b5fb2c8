import { timingSafeEqual } from 'node:crypto'
import { errors, type Provider, type TokenContext } from 'oidc-provider'
import { DEMO_PASSWORD, SHOP, shopTokens } from './settings.ts'
import type { IdentityStore } from './store.ts'

/** Tokens for a user by name and password (RFC 6749 section 4.3), so that the demo needs no browser to sign in. */
export function addPasswordGrant(provider: Provider, store: IdentityStore): void {
  provider.registerGrantType('password', async (ctx) => {
    const { username = '', password = '' } = ctx.oidc.params
    const account = store.findAccount(username)
    if (account === undefined || !isDemoPassword(password)) {
      throw new errors.InvalidGrant('the user name or the password is wrong')
    }
    const token = newToken(provider, ctx, account.accountId)
    ctx.oidc.entity('Account', account)
    ctx.oidc.entity('AccessToken', token)
    const value = await token.save()
    ctx.body = { access_token: value, expires_in: token.expiration, scope: token.scope, token_type: token.tokenType }
  }, ['username', 'password', 'scope'])
}

function newToken(provider: Provider, ctx: TokenContext, accountId: string) {
  const { client, requestParamScopes } = ctx.oidc
  const info = shopTokens(client.idTokenSignedResponseAlg)
  const known = new Set(info.scope.split(' '))
  const granted = [...requestParamScopes].filter((scope) => known.has(scope)).join(' ')
  return new provider.AccessToken({
    accountId,
    client,
    gty: 'password',
    scope: granted === '' ? undefined : granted,
    resourceServer: new provider.ResourceServer(SHOP, info),
  })
}

function isDemoPassword(password: string): boolean {
  const given = Buffer.from(password)
  const expected = Buffer.from(DEMO_PASSWORD)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
