import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { startBackend } from '../backend.ts'
import { buildFrom, startGateway } from '../gateway.ts'

const key = (name: string, scopes = '-') => `sha256:${createHash('sha256').update(name).digest('hex')} ${name} ${scopes}`

const documents = (...names: string[]) => JSON.stringify(Object.fromEntries(names.map((name) => [name, `query ${name} { hello }`])))

const files = (target: string, graphql: string, manifest = documents('Hello')) => ({
  'routes/keys.txt': [key('reader'), key('writer', 'schema:read')].join('\n'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
identity: { partners: { type: api-key, keys: "\${file:keys.txt}" } }
limits:
  heavy: { by: identity.subject, rate: 4/d, cost: calls }
services: { shop: { targets: [{ url: "${target}" }] } }
defaults: { auth: { providers: [partners], required: false }, limits: [heavy] }
routes: { hello: { match: { path: /hello }, to: { service: shop } } }
graphql: ${graphql}
`,
  'schema/shop.graphql': `
type Query { hello: String @rest(service: "shop", get: "/hello") @public  again(x: Int): String @rest(service: "shop", get: "/again{?x}") @public }
`,
  'documents/manifest.json': manifest,
})

const only = '{ documents: { manifest: ../documents/manifest.json, only: true } }'

const shop = (t: Test) => startBackend(t, (_request, response) => void response.setHeader('content-type', 'application/json').end('"hi"'))

t.test('a gateway that trusts its manifest alone, and takes a new one with a reload', async (t) => {
  const { url: target, seen } = await shop(t)
  const { url, reloader, write } = await startGateway(t, files(target, only))
  const ask = async (body: unknown) => {
    const answer = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    return { status: answer.status, ...await answer.json() as object }
  }
  t.match(await ask({ documentId: 'Hello' }), { status: 200, data: { hello: 'hi' } })
  t.match(await ask({ query: '{ hello }' }), { status: 403, errors: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }] })
  t.match(await ask([{ documentId: 'Hello' }]), { status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
  write({ 'documents/manifest.json': JSON.stringify({ x: 'query Broken { helo }' }) })
  t.match(await reloader.reload(), {
    taken: false, problems: [{ file: 'documents/manifest.json', line: 1, column: 2, message: /^operation Broken \(x\): Cannot query field "helo"/ }],
  })
  t.match(await ask({ documentId: 'Hello' }), { status: 200 })
  write({ 'documents/manifest.json': documents('Bye') })
  t.match(await reloader.reload(), { taken: true })
  t.match(await ask({ documentId: 'Hello' }), { status: 403 })
  t.match(await ask({ documentId: 'Bye' }), { status: 200 })
  t.equal(seen.length, 3)
})

t.test('what is wrong with the settings is told with its place', async (t) => {
  const refused = (graphql: string, message: RegExp) => t.rejects(buildFrom(t, files('http://127.0.0.1:1', graphql)), { message })
  await refused('{ documents: { manifest: ../nowhere.json } }', /gateway\.yaml:9:35: graphql\.documents\.manifest: there is no file "\.\.\/nowhere\.json"; the path starts from this file's folder/)
  await refused('{ documents: { only: true } }', /gateway\.yaml:9:31: graphql\.documents\.only: with "only" the key "manifest" is needed/)
  await refused('{ documents: { manifest: ../documents/manifest.json, only: true, apq: true } }', /clients can have nothing kept where "only"/)
  await refused('{ introspection: { scopes: [] } }', /scopes/)
})

t.test('the schema is for clients with the scope', async (t) => {
  const { url: target } = await shop(t)
  const { gateway } = await buildFrom(t, files(target, '{ introspection: { scopes: [schema:read] } }'))
  const ask = async (name: string) => {
    const { statusCode, body } = await gateway.app.inject({ method: 'POST', url: '/graphql', payload: { query: '{ __schema { queryType { name } } }' }, headers: { 'x-api-key': name } })
    return `${statusCode} ${body}`
  }
  t.match(await ask('writer'), '200 {"data":{"__schema"')
  t.match(await ask('reader'), /"INTROSPECTION_REFUSED"/)
  t.match(await ask('writer'), '200 {"data":{"__schema"')
})

t.test('one budget of calls for REST and GraphQL', async (t) => {
  const { url: target, seen } = await shop(t)
  const { gateway, runtime } = await buildFrom(t, files(target, '{}'))
  const headers = { 'x-api-key': 'reader' }
  const ask = async (query: string) => gateway.app.inject({ method: 'POST', url: '/graphql', payload: { query }, headers })
  t.equal((await gateway.app.inject({ url: '/hello', headers })).statusCode, 200)
  const two = await ask('{ hello same: hello again(x: 1) }')
  t.match(two.headers['ratelimit'], /^"heavy";r=1;/)
  const refused = await ask('{ hello again(x: 1) }')
  t.match([refused.statusCode, refused.json()], [429, { errors: [{ extensions: { code: 'RATE_LIMITED' } }] }])
  t.match(refused.headers, { 'retry-after': /^\d+$/, ratelimit: /^"heavy";r=1;/ })
  t.equal((await ask('{ hello }')).statusCode, 200)
  t.equal((await gateway.app.inject({ url: '/hello', headers })).statusCode, 429)
  t.equal(seen.length, 4)
  t.match(await runtime.metrics.registry.metrics(), /sluice_policy_refusals_total\{policy="limits",code="RATE_LIMITED",mode="enforce"\} 2/)
})
