import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { startGateway } from '../gateway.ts'
import { startRecorder } from './recorder.ts'

/** Ways to write one segment, so that some reader takes it for `admin`. */
const disguises = [
  'admin', '%61dmin', 'adm%69n', '%61%64%6d%69%6e', '%2561dmin', '%252561dmin', 'admin;', 'admin;x=1', 'admin;x=1;y', 'admin;/', 'admin%3b', 'admin%3Bx=1', 'admin%253bx', 'admin/', 'admin%2f', 'admin%2F', 'admin%252f',
  'admin%5c', 'admin\\', 'admin%00', 'admin%00.png', 'admin%2500', 'admin%0a', 'admin%0d%0a', 'admin%09', 'admin%7f', '%EF%BD%81dmin', 'adm%c4%b1n', '%c1%a1dmin', 'admin%ff', 'admin%', 'admin%6', 'admin%zz', '%u0061dmin', 'admin#', 'admin?', 'admin?x=/../y', 'admin??',
]
/** Ways around, from a sibling or through a segment that vanishes. */
const detours = [
  './admin', '%2e/admin', '%2E/admin', '%252e/admin', '%25252e/admin', 'x/../admin', 'x/%2e%2e/admin', 'x/.%2e/admin', 'x/%2e./admin', 'x/%252e%252e/admin', 'x/%252E./admin', 'x/..;/admin', 'x/..;a=b/admin', 'x/%2e%2e;/admin', 'x/..%3b/admin',
  'x/..%253b/admin', '.;/admin', ';/admin', ';x=1/admin', '%3b/admin', '/admin', '//admin', '/./admin', 'x//../admin', '..%2fapi/admin', 'x%2f..%2fadmin', 'x%5c..%5cadmin', 'x\\..\\admin', 'x/..\\admin', 'x/%c0%ae%c0%ae/admin', 'x/%e0%80%ae%e0%80%ae/admin',
  'x/%uff0e%uff0e/admin', 'x/%ef%bc%8e%ef%bc%8e/admin', 'x/%e2%80%a5/admin', 'x/..%00/admin', 'x/..%20/admin', 'x/..%0d/admin', 'x/%2e%2e%2fadmin', '%2fadmin', '%2f%2fadmin', 'admin/.', 'admin/..', 'admin/../admin', 'admin/%2e', 'admin/..;/admin', 'admin/;x',
]
const spellings = [...disguises, ...detours]

/** What the most forgiving service makes of a path: everything is decoded, folded and resolved, again and again. */
function understood(path: string): string {
  let text = path.split(/[?#]/, 1)[0] ?? ''
  for (let last = ''; last !== text;) {
    last = text
    text = decoded(text).normalize('NFKC').replace(/[\0\t\r\n].*$/s, '').replaceAll('\\', '/')
    const resolved: string[] = []
    for (const part of text.split('/').map((segment) => segment.split(';', 1)[0] ?? '')) {
      if (part === '..') resolved.pop()
      else if (part !== '.' && part !== '') resolved.push(part)
    }
    text = `/${resolved.join('/')}`
  }
  return text
}

function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run
    }
  })
}

const guard = 'auth: { providers: [keys] }'
const shapes: Record<string, { routes: string; service?: string; prefix: string }> = {
  'a guarded route beside an open wildcard': { prefix: '/api/', routes: `
  admin: { match: { path: /api/admin }, ${guard}, to: { service: s } }
  below: { match: { path: /api/admin/* }, ${guard}, to: { service: s } }
  open: { match: { path: /api/* }, auth: none, to: { service: s } }` },
  'a guarded route beside an open parameter': { prefix: '/api/', routes: `
  admin: { match: { path: /api/admin }, ${guard}, to: { service: s } }
  open: { match: { path: "/api/{name}" }, auth: none, to: { service: s } }
  deep: { match: { path: "/api/{name}/{more}" }, auth: none, to: { service: s } }` },
  'a guarded wildcard below an open root': { prefix: '/api/', routes: `
  admin: { match: { path: /api/admin/* }, ${guard}, to: { service: s } }
  open: { match: { path: /* }, auth: none, to: { service: s } }` },
  'an open wildcard that is rewritten': { prefix: '/v1/', service: `
    access: [{ path: /api/admin/*, claims: { sub: root } }]`, routes: `
  open: { match: { path: /v1/* }, auth: none, to: { service: s, path: /api/* } }` },
  'an open parameter that is rewritten': { prefix: '/v1/', service: `
    access: [{ path: /api/admin, claims: { sub: root } }]`, routes: `
  open: { match: { path: "/v1/{name}" }, auth: none, to: { service: s, path: "/api/{name}" } }` },
  "an access rule of the service": { prefix: '/api/', service: `
    access: [{ path: /api/admin, claims: { sub: root } }, { path: /api/admin/*, claims: { sub: root } }]`, routes: `
  open: { match: { path: /* }, auth: none, to: { service: s } }` },
}

async function start(t: Test, { routes, service = '' }: { routes: string; service?: string }) {
  const recorder = await startRecorder(t)
  const { url } = await startGateway(t, {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
identity: { keys: { type: api-key, header: x-api-key, keys: "" } }
services:
  s:
    targets: [{ url: "${recorder.url}" }]${service}
routes:${routes}
`,
  })
  return { recorder, url }
}

function ask(url: string, target: string, host = 'a'): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let answer = ''
    socket.on('error', reject)
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])))
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 'latin1')
  })
}

t.test(`${spellings.length} spellings of a guarded path: what the service would take for it needs the credential`, async (t) => {
  t.ok(new Set(spellings).size >= 60)
  for (const [name, shape] of Object.entries(shapes)) {
    const { recorder, url } = await start(t, shape)
    const problems: string[] = []
    for (const spelling of spellings) {
      const before = recorder.requests.length
      const status = await ask(url, shape.prefix + spelling)
      for (const { path } of recorder.requests.slice(before)) {
        if (/^\/api\/admin(\/|$)/i.test(understood(path))) problems.push(`${spelling} reached ${path}`)
      }
      if (![200, 400, 401, 403, 404].includes(status)) problems.push(`${spelling} answered ${status}`)
    }
    t.same(problems, [], name)
    t.same(recorder.malformed, [])
    t.equal(await ask(url, `${shape.prefix}other`), 200, 'and other paths are open')
  }
})

t.test('the oracle understands what forgiving services do', async (t) => {
  for (const spelling of ['%61dmin', '%2561dmin', 'admin;x', 'x/../admin', 'x/..;/admin', '/admin', 'x\\..\\admin', '%252e/admin', 'admin%00.png', '%EF%BD%81dmin']) t.equal(understood(`/api/${spelling}`), '/api/admin', spelling)
  t.equal(understood('/api/other'), '/api/other')
})

t.test('the target in each of its forms', async (t) => {
  const { recorder, url } = await start(t, { routes: `
  open: { match: { hosts: [a, b], path: /* }, auth: none, to: { service: s } }` })
  const refused = ['*', 'a', 'a:80', '?x', 'http:/x', 'http:///x', 'http://b/x', 'https://a/x', 'http://a:81/x', 'http://u@a/x', 'http://a@b/x', 'http://b@a/x', 'http://a\\@b/x', 'http://a%2fb/x', 'http://a/../x', 'http://a//x', 'http://a#/x', 'ftp://a/x', 'file:///etc/passwd', 'javascript:x', 'ws://a/x', '//a/x', 'http://a,b/x', 'http://[::1/x', 'http://a./x', 'http://a /x']
  for (const target of refused) t.equal(await ask(url, target), 400, target)
  t.same(recorder.requests, [])
  const origins = { 'http://a/x?y': '/x?y', 'HTTP://A/x': '/x', 'http://a:80/x': '/x', 'http://a': '/', 'http://a?y=http://b/': '/?y=http://b/', '/x?http://b/': '/x?http://b/' }
  for (const [target, sent] of Object.entries(origins)) {
    t.equal(await ask(url, target), 200, target)
    t.equal(recorder.requests.at(-1)?.path, sent)
    t.same(recorder.requests.at(-1)?.fields.filter(([name]) => name === 'x-forwarded-host'), [['x-forwarded-host', 'a']])
  }
})

t.test('a header that a policy read is the one that is sent, or none', async (t) => {
  const { recorder, url } = await start(t, { routes: `
  beta: { match: { path: /x, headers: { x-track: beta } }, auth: none, to: { service: s } }
  guarded: { match: { path: /x }, ${guard}, to: { service: s } }` })
  const send = (fields: string): Promise<string> => new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let answer = ''
    socket.on('error', reject)
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    socket.on('close', () => resolve(answer.slice(9, 12)))
    socket.write(`GET /x HTTP/1.1\r\nHost: a\r\n${fields}Connection: close\r\n\r\n`)
  })
  t.equal(await send('X-Track: beta\r\n'), '200')
  t.same(recorder.requests.at(-1)?.fields.filter(([name]) => name === 'x-track'), [['x-track', 'beta']])
  const others = ['', 'X-Track: beta\r\nX-Track: stable\r\n', 'X-Track: beta\r\nConnection: X-Track\r\n', 'X_Track: beta\r\n', 'X-Track: beta, stable\r\n', 'X-Track: BETA\r\n', 'X-Track: "beta"\r\n']
  for (const fields of others) t.equal(await send(fields), '401', JSON.stringify(fields))
  t.equal(recorder.requests.length, 1)
})
