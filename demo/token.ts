import { parseArgs } from 'node:util'
import { SERVICES } from './process.ts'
import { requestToken, type TokenRequest } from './token-request.ts'

const USAGE = 'usage: node demo/token.ts [--user 42] [--scopes "orders:read orders:write"] [--alg RS256|ES256]'

let request: TokenRequest
try {
  request = readWords(process.argv.slice(2))
} catch (error) {
  fail(2, `${messageOf(error)}\n${USAGE}`)
}
try {
  process.stdout.write(`${await requestToken(request)}\n`)
} catch (error) {
  fail(1, messageOf(error))
}

function readWords(words: string[]): TokenRequest {
  const { values } = parseArgs({
    args: words, options: { user: { type: 'string' }, scopes: { type: 'string' }, alg: { type: 'string' } },
  })
  const { user, scopes, alg: algorithm = 'RS256' } = values
  if (algorithm !== 'RS256' && algorithm !== 'ES256') throw new Error(`--alg is RS256 or ES256, not ${algorithm}`)
  const port = process.env['IDENTITY_PORT'] ?? SERVICES.identity.defaultPort
  const issuer = process.env['ISSUER'] ?? `http://127.0.0.1:${port}`
  if (!URL.canParse(issuer)) throw new Error(`the issuer is no address: ${issuer}`)
  return { issuer, user, algorithm, scopes: scopes?.split(/[ ,]+/).filter((scope) => scope !== '') }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function fail(code: number, message: string): never {
  process.stderr.write(`token: ${message}\n`)
  process.exit(code)
}
