import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { startService } from '../../demo/process.ts'

const script = fileURLToPath(new URL('../../demo/token.ts', import.meta.url))
const identity = await startService('identity')
t.teardown(() => identity.stop())

interface Result { code: number, stdout: string, stderr: string }
function token(words: string[], env: Record<string, string> = { ISSUER: identity.url }): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...words], { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

t.test('a token and nothing else', async (t) => {
  const user = await token(['--user', '42', '--scopes', 'orders:read orders:write'])
  t.match(user, { code: 0, stdout: /^[\w.-]+\n$/, stderr: '' })
  t.match(decodeJwt(user.stdout.trim()), { sub: '42', aud: 'shop', scope: 'orders:read orders:write' })
  const account = await token(['--alg', 'ES256'], { IDENTITY_PORT: new URL(identity.url).port })
  t.match(decodeJwt(account.stdout.trim()), { sub: 'reports-es256', scope: /orders:read/ })
  t.match(decodeProtectedHeader(account.stdout.trim()), { alg: 'ES256' })
})

t.test('one clear line, exit code 1 when there is no token, 2 when the words are wrong', async (t) => {
  t.match(await token(['--user', '5000']), { code: 1, stdout: '', stderr: /^token: [^\n]*no token[^\n]*\n$/ })
  t.match(await token([], { ISSUER: 'http://127.0.0.1:1' }), {
    code: 1, stdout: '', stderr: 'token: nothing answers at http://127.0.0.1:1; is the identity service running?\n',
  })
  for (const words of [['--usr', '1'], ['42'], ['--alg', 'none']]) {
    t.match(await token(words), { code: 2, stdout: '', stderr: /^token: .*\nusage: .*\n$/ }, words.join(' '))
  }
})
