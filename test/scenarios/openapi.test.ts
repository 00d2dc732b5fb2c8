import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { brotliDecompressSync } from 'node:zlib'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t, { type Test } from 'tap'
import { readBlueprint } from '../../src/provision.ts'
import { openPage, skip } from '../browser.ts'
import { buildFrom } from '../gateway.ts'
import { startShop } from '../shop.ts'

/** JSON that a test looks into. */
type Json = ReturnType<typeof JSON.parse>

const key = (name: string) => `sha256:${createHash('sha256').update(name).digest('hex')} ${name} -`

const files = (openapi: string) => ({
  'routes/keys.txt': key('reader'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
identity:
  partners: { type: api-key, header: x-partner, keys: "\${file:keys.txt}" }
  tokens: { type: jwt, issuer: "http://127.0.0.1:1", audience: shop }
limits: { few: { by: identity.subject, rate: 10/min } }
services:
  backoffice:
    targets: [{ url: "http://10.9.8.7:6543" }]
    contract: { openapi: ../contract.yaml }
    identity: { headers: { x-caller: "{identity.subject}" } }
    access: [{ methods: [DELETE], path: "/things/{id}", scopes: [things:remove] }]
  plain: { targets: [{ url: "http://10.9.8.7:6544" }] }
routes:
  things:
    match: { path: /api/things/* }
    auth: { providers: [partners, tokens] }
    limits: [few]
    to: { service: backoffice, path: /things/* }
  mine: { match: { methods: [GET], path: /api/mine }, auth: { providers: [tokens] }, to: { service: backoffice, path: "/things/{identity.subject}" } }
  files: { match: { methods: [GET], path: "/files/*", headers: { x-version: "2" } }, to: { service: plain, path: /secret-folder/* } }
  old: { match: { methods: [GET], path: /old }, respond: { redirect: { to: /new } } }
  find: { match: { methods: [GET], path: "/find/{kind}" }, auth: { providers: [tokens], required: false }, to: { operation: Find, variables: { filter: { kind: "{kind}", size: 3 } } } }
  save:
    match: { methods: [PUT], path: "/find/{id}" }
    auth: { providers: [tokens] }
    authorize: { scopes: [write] }
    to: { operation: Save, variables: { filter: "{body.filter}", when: "{body.when}" } }
graphql: { auth: { providers: [tokens], required: false }, documents: { manifest: ../operations.json } }
${openapi}
`,
  'contract.yaml': `
openapi: 3.1.0
info: { title: Inside, version: "1" }
paths:
  /things:
    get:
      operationId: listThings
      parameters:
        - { name: size, in: query, schema: { type: integer } }
        - { name: X-Caller, in: header, schema: { type: string } }
      responses: { "200": { description: All, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Thing" } } } } } }
  /things/{key}:
    parameters: [{ name: key, in: path, required: true, schema: { $ref: "#/components/schemas/Key" } }]
    get: { operationId: getThing, summary: One thing, responses: { "200": { description: It, headers: { Location: {} }, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } } } }
    delete: { operationId: removeThing, responses: { "204": { description: Gone } } }
  /internal: { get: { responses: { "200": { description: Not for clients } } } }
components:
  schemas:
    Key: { type: integer }
    Thing: { type: object, properties: { key: { $ref: "#/components/schemas/Key" }, parts: { type: array, items: { $ref: "#/components/schemas/Thing" } } } }
`,
  'schema/a.graphql': `
scalar DateTime
type Query { find(filter: Filter!, first: Int, tags: [String!], like: Kind): [Found!] @public @rest(service: "plain", get: "/find{?filter.kind,first,tags,like}") }
type Mutation { save(filter: Filter!, when: DateTime): Book @auth(scopes: ["save"]) @rest(service: "plain", put: "/save", body: "{filter}") }
"What can be found."
interface Found { id: ID! }
type Book implements Found { id: ID!  at: DateTime  kind: Kind! }
type Film implements Found { id: ID!  minutes: [Int]! @deprecated(reason: "no") }
"How it is kept."
enum Kind { paper screen }
input Filter { kind: Kind!, size: Int = 3, not: Filter }
`,
  'operations.json': JSON.stringify({
    Find: 'query Find($filter: Filter!, $first: Int = 5, $tags: [String!], $like: Kind) { find(filter: $filter, first: $first, tags: $tags, like: $like) { __typename id ... on Book { at kind } ... on Film { length: minutes } } }',
    Save: 'mutation Save($filter: Filter!, $when: DateTime) { save(filter: $filter, when: $when) { id kind } }',
  }),
})

const described = 'openapi: { docs: /docs, title: "Things & more", version: "2.1" }'

async function describe(t: Test, openapi = described) {
  const { gateway } = await buildFrom(t, files(openapi))
  const { statusCode, headers, body } = await gateway.app.inject({ url: '/openapi.json' })
  return { gateway, statusCode, headers, body, document: JSON.parse(body) }
}

interface Linter {
  createConfig(config: object): Promise<object>
  lintFromString(input: { source: string, config: object }): Promise<{ severity: string, ruleId: string, message: string, location: { pointer?: string }[] }[]>
}

/** What the generator of client types reads documents with: it knows what OpenAPI 3.1 has where. */
const linter = createRequire(import.meta.resolve('openapi-typescript'))('@redocly/openapi-core') as Linter

/** What is wrong with a document: with its form, its references, or its schemas. */
async function faultsOf(document: Json): Promise<string[]> {
  const config = await linter.createConfig({ extends: ['recommended'], rules: { 'operation-summary': 'off', 'info-license': 'off', 'operation-4xx-response': 'off' } })
  const found = await linter.lintFromString({ source: JSON.stringify(document), config })
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'https://api.test/', ...document })
  for (const name of Object.keys(document.components.schemas)) ajv.compile({ $ref: `https://api.test/#/components/schemas/${name}` })
  return found.map(({ ruleId, message, location: [place] }) => `${ruleId} ${place?.pointer}: ${message}`)
}

t.test('it describes every route, and nothing of what is behind them', async (t) => {
  const { document, body, headers } = await describe(t)
  t.equal(headers['content-type'], 'application/json')
  t.strictSame(await faultsOf(document), [])
  t.match(document, { openapi: '3.1.0', info: { title: 'Things & more', version: '2.1' } })
  const operations = Object.entries<Json>(document.paths).flatMap(([path, item]) => Object.entries<Json>(item).map(([method, { operationId }]) => `${method} ${path} ${operationId}`))
  t.strictSame(operations, [
    'get /api/things things-listThings', 'get /api/things/{key} things-getThing', 'delete /api/things/{key} things-removeThing', 'get /api/mine mine',
    'get /files/{rest} files', 'get /old old', 'get /find/{kind} find', 'put /find/{kind} save', 'post /graphql graphql',
  ])
  t.notMatch(body, /10\.9\.8\.7|backoffice|x-caller|secret-folder|internal|127\.0\.0\.1|Location/i)
})

t.test("a service's own description is taken over where a route leads to it", async (t) => {
  const { document: { paths, components } } = await describe(t)
  t.match(paths['/api/things'].get, { parameters: [{ name: 'size', in: 'query' }], responses: { 200: { description: 'All' }, 401: {}, 429: {} } })
  t.equal(paths['/api/things'].get.parameters.length, 1)
  t.match(paths['/api/things/{key}'].get, { summary: 'One thing', parameters: [{ name: 'key', in: 'path', schema: { $ref: '#/components/schemas/Key' } }] })
  t.match(paths['/api/mine'].get, { parameters: undefined, responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } } } })
  t.match(components.schemas.Thing.properties.parts.items, { $ref: '#/components/schemas/Thing' })
  t.match(paths['/files/{rest}'].get.parameters, [{ name: 'rest', in: 'path', description: /several segments/ }, { name: 'x-version', in: 'header', required: true, schema: { const: '2' } }])
  t.match(paths['/old'].get.responses, { 308: {} })
})

t.test('security and problems are those of the policies, the services and the fields', async (t) => {
  const { document: { paths, components } } = await describe(t)
  t.strictSame(components.securitySchemes, {
    partners: { type: 'apiKey', in: 'header', name: 'x-partner' }, tokens: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  })
  t.strictSame(paths['/api/things/{key}'].delete.security, [{ partners: ['things:remove'] }, { tokens: ['things:remove'] }])
  t.strictSame(Object.keys(paths['/api/things/{key}'].delete.responses), ['204', '401', '403', '429', 'default'])
  t.strictSame(paths['/api/things'].get.security, [{ partners: [] }, { tokens: [] }])
  t.strictSame(paths['/find/{kind}'].get.security, [{ tokens: [] }, {}])
  t.strictSame(paths['/find/{kind}'].put.security, [{ tokens: ['write', 'save'] }])
  t.strictSame(paths['/files/{rest}'].get.security, [{}])
  t.strictSame(Object.keys(paths['/find/{kind}'].get.responses), ['200', '400', '401', '404', 'default'])
})

t.test('an operation has the schemas of its GraphQL types', async (t) => {
  const { document: { paths, components } } = await describe(t)
  const { get, put } = paths['/find/{kind}']
  t.strictSame(get.parameters, [
    { name: 'kind', in: 'path', required: true, schema: { $ref: '#/components/schemas/Kind' } },
    { name: 'first', in: 'query', required: false, schema: { type: 'integer', format: 'int32', default: 5 } },
    { name: 'tags', in: 'query', required: false, schema: { type: 'array', items: { type: 'string' } } },
    { name: 'like', in: 'query', required: false, schema: { $ref: '#/components/schemas/Kind' } },
  ])
  t.strictSame(get.responses[200].content['application/json'].schema, {
    items: {
      anyOf: [
        {
          type: 'object',
          properties: {
            __typename: { const: 'Book' }, id: { type: 'string' }, at: { type: ['string', 'null'], format: 'date-time' },
            kind: { $ref: '#/components/schemas/Kind' },
          },
          required: ['__typename', 'id', 'at', 'kind'],
        },
        {
          type: 'object',
          properties: { __typename: { const: 'Film' }, id: { type: 'string' }, length: { type: 'array', items: { type: ['integer', 'null'], format: 'int32' }, deprecated: true } },
          required: ['__typename', 'id', 'length'],
        },
      ],
    },
    type: 'array',
  }, 'a query without a value is 404, so the answer is never null')
  t.strictSame(components.schemas.Kind, { type: 'string', enum: ['paper', 'screen'], description: 'How it is kept.' })
  t.strictSame(components.schemas.Filter, {
    type: 'object',
    properties: {
      kind: { $ref: '#/components/schemas/Kind' }, size: { type: ['integer', 'null'], format: 'int32', default: 3 },
      not: { anyOf: [{ $ref: '#/components/schemas/Filter' }, { type: 'null' }] },
    },
    required: ['kind'],
    additionalProperties: false,
  })
  t.strictSame(put.requestBody, {
    required: true,
    content: { 'application/json': { schema: {
      type: 'object', properties: { filter: { $ref: '#/components/schemas/Filter' }, when: { type: 'string', format: 'date-time' } }, required: ['filter'],
    } } },
  })
  t.match(put.responses[200].content['application/json'].schema, { type: ['object', 'null'] })
})

t.test('Swagger UI is files of this address, under a strict policy', async (t) => {
  const { gateway } = await describe(t)
  const page = await gateway.app.inject({ url: '/docs' })
  t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': /^default-src 'none'; script-src 'self';/ })
  t.match(page.body, '<title>Things &amp; more</title>')
  t.notMatch(page.body, /<script>|https?:/)
  const accept = { 'accept-encoding': 'br' }
  for (const [, path = ''] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const { statusCode, headers, rawPayload } = await gateway.app.inject({ url: path, headers: accept })
    t.match({ statusCode, headers }, { statusCode: 200, headers: { 'x-content-type-options': 'nosniff', 'content-encoding': 'br', etag: /^"/ } }, path)
    t.ok(brotliDecompressSync(rawPayload).length > 50)
    const again = await gateway.app.inject({ url: path, headers: { ...accept, 'if-none-match': String(headers['etag']) } })
    t.equal(again.statusCode, 304)
  }
  t.match((await gateway.app.inject({ url: '/docs/package.json' })).statusCode, 404)
})

t.test('it has policies as any route, and is there only where it is asked for', async (t) => {
  const { gateway } = await buildFrom(t, files('openapi: { path: /api.json, auth: { providers: [partners] }, limits: [few] }'))
  t.equal((await gateway.app.inject({ url: '/api.json' })).statusCode, 401)
  const { statusCode, headers } = await gateway.app.inject({ url: '/api.json', headers: { 'x-partner': 'reader' } })
  t.match({ statusCode, headers }, { statusCode: 200, headers: { ratelimit: /few/ } })
  t.equal((await gateway.app.inject({ url: '/docs' })).statusCode, 404)
  const { gateway: none } = await buildFrom(t, files(''))
  t.equal((await none.app.inject({ url: '/openapi.json' })).statusCode, 404)
  await t.rejects(buildFrom(t, files('openapi: { path: /graphql }')), { message: /openapi: the same requests match graphql/ })
  await t.rejects(buildFrom(t, files('openapi: { docs: /docs/ }')), { message: /openapi\.docs: "\/docs\/" is not a path/ })
})

t.test('the shop describes itself, and its overview is as described', async (t) => {
  const checked = await readBlueprint(new URL('../..', import.meta.url).pathname, {})
  if ('problems' in checked) throw new Error(JSON.stringify(checked.problems))
  const document = JSON.parse(checked.blueprint.description ?? '')
  t.strictSame(await faultsOf(document), [])
  const shop = await startShop(t)
  t.strictSame(await (await fetch(`${shop.url}/openapi.json`)).json(), document)
  const answer = await fetch(`${shop.url}/api/me/overview?orders=2`, { headers: { authorization: `Bearer ${await shop.token('42')}` } })
  t.equal(answer.status, 200)
  const overview = await answer.json()
  t.match(overview, { name: String, orders: { length: 2 } })
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'https://api.test/', ...document })
  const valid = ajv.compile({ $ref: 'https://api.test/#/paths/~1api~1me~1overview/get/responses/200/content/application~1json/schema' })
  t.ok(valid(overview), JSON.stringify(valid.errors))
  t.equal((await fetch(`${shop.url}/api/me/overview`)).status, 401)
})

t.test('Swagger UI lists the operations in a browser, without the internet', { skip }, async (t) => {
  const { url } = await startShop(t)
  const { page, complaints, outside } = await openPage(t, `${url}/docs`)
  const overview = page.locator('#operations-default-my-overview')
  await overview.waitFor()
  await overview.locator('button').first().click()
  await overview.getByText('How many orders, at most 100.').waitFor()
  t.match(await overview.innerText(), '/api/me/overview')
  t.equal(await page.locator('.opblock').count(), 11)
  t.same(outside, [], 'nothing is loaded from elsewhere')
  t.same(complaints, [])
})
