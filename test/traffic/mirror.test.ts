import { request } from 'node:http'
import t from 'tap'
import { startBackend } from '../backend.ts'
import { startGateway } from '../gateway.ts'

const routes = (main: string, copy: string) => `
listeners: { public: { host: 127.0.0.1, port: 0 } }
identity: { keys: { type: api-key, header: x-api-key, keys: "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae ada" } }
services:
  main:
    targets: [{ url: "${main}" }]
    forward: [x-api-key]
    identity: { headers: { x-user: "{identity.subject}" } }
  copy: { targets: [{ url: "${copy}" }], timeout: { connect: 200ms }, retry: { attempts: 1 } }
defaults: { auth: { providers: [keys] } }
routes:
  all: { match: { path: /* }, to: { service: main, mirror: { service: copy } } }
`

async function start(t: Parameters<typeof startGateway>[0] & Parameters<typeof startBackend>[0], copyUrl?: string) {
  const arrived: { resolve(): void } = { resolve: () => undefined }
  const whenCopied = new Promise<void>((resolve) => (arrived.resolve = resolve))
  const main = await startBackend(t)
  const copy = await startBackend(t, (_request, response) => {
    response.end('ignored')
    arrived.resolve()
  })
  const { url, runtime } = await startGateway(t, { 'routes/a.yaml': routes(main.url, copyUrl ?? copy.url) })
  return { url, main, copy, runtime, whenCopied }
}

const key = { 'x-api-key': 'foo' }

t.test('a copy goes to the other service, without credentials and what the first one alone is told', async (t) => {
  const { url, main, copy, whenCopied } = await start(t)
  const answer = await fetch(`${url}/things?x=1`, { method: 'POST', headers: key, body: 'hello' })
  t.equal(answer.status, 200)
  t.match(await answer.json(), { url: '/things?x=1', body: 'hello' })
  await whenCopied
  t.match(copy.seen, [{ method: 'POST', url: '/things?x=1', body: 'hello' }])
  t.match(main.seen[0]?.headers, { 'x-user': 'ada', 'x-api-key': 'foo' })
  t.notOk('x-user' in (copy.seen[0]?.headers ?? {}))
  t.notOk('x-api-key' in (copy.seen[0]?.headers ?? {}))
})

t.test('a service that cannot take copies is not felt, but counted', async (t) => {
  const { url, runtime } = await start(t, 'http://127.0.0.1:1')
  const answer = await fetch(`${url}/things`, { headers: key })
  t.equal(answer.status, 200)
  t.match(await runtime.metrics.registry.metrics(), /sluice_mirrored_total\{service="copy",outcome="SERVICE_UNREACHABLE"\} 1/)
})

t.test('what streams is not copied', async (t) => {
  const { url, main, copy, whenCopied } = await start(t)
  await new Promise<void>((resolve, reject) => {
    const ask = request(`${url}/stream`, { method: 'POST', headers: { ...key, 'transfer-encoding': 'chunked' } }, (response) => {
      response.resume().on('end', resolve)
    })
    ask.on('error', reject)
    ask.end('hello')
  })
  await fetch(`${url}/plain`, { headers: key })
  await whenCopied
  t.equal(main.seen.length, 2)
  t.same(copy.seen.map(({ url }) => url), ['/plain'])
})
