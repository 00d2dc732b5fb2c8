import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose'
import type { Clock } from '../../src/clock.ts'
import type { Place } from '../gateway.ts'

export type KeyPair = Awaited<ReturnType<typeof makeKey>>

/** A key with its public half as an issuer publishes it. */
export async function makeKey(kid: string, alg = 'RS256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
  return { kid, alg, privateKey, publicKey, jwk }
}

/** An OpenID provider that does nothing but publish, and counts how often it is asked. */
export async function startIssuer(t: Pick<Place, 'teardown'>, keys: readonly KeyPair[]) {
  const asked = { discovery: 0, keys: 0 }
  const says = { up: true, issuer: '', jwksUri: '', keys: keys.map(({ jwk }) => jwk) }
  const server = createServer((request, response) => {
    const discovery = request.url === '/.well-known/openid-configuration'
    asked[discovery ? 'discovery' : 'keys'] += 1
    if (!says.up) return void response.writeHead(503).end()
    const document = discovery ? { issuer: says.issuer, jwks_uri: says.jwksUri } : { keys: says.keys }
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(says, { issuer, jwksUri: `${issuer}/keys` })
  return { issuer, asked, says }
}

/** A token that is good for ten minutes, less what the test changes; undefined takes a claim out. */
export function sign(
  { privateKey, kid, alg }: Pick<KeyPair, 'privateKey' | 'kid' | 'alg'>,
  { issuer, clock }: { issuer: string; clock: Clock },
  claims: { [Claim in keyof JWTPayload]?: JWTPayload[Claim] | undefined } = {},
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const now = Math.floor(clock.now() / 1000)
  const payload = { iss: issuer, aud: 'shop', sub: 'ada', iat: now, exp: now + 600, ...claims }
  const plain = JSON.parse(JSON.stringify(payload)) as JWTPayload
  return new SignJWT(plain).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
