import t from 'tap'
import fc from 'fast-check'
import { startBackend } from '../backend.ts'
import { buildFrom, startGateway } from '../gateway.ts'
import { ask, bytesOf, filesOf, problemsOf } from './ask.ts'

const nowhere = 'http://127.0.0.1:1'

t.test('a fixed answer', async (t) => {
  const { gateway } = await buildFrom(t, filesOf(nowhere, `
  text: { match: { path: /text }, respond: { body: "all {is} well\\n" } }
  page: { match: { path: /page }, respond: { status: 503, headers: { content-type: text/html, retry-after: "60" }, body: "<p>Soon</p>" } }
  none: { match: { path: /none }, respond: { status: 204 } }
  bare: { match: { path: /bare }, respond: {} }`))
  const text = await gateway.app.inject('/text')
  t.equal(text.statusCode, 200)
  t.equal(text.body, 'all {is} well\n', 'what is no template stays as it is')
  t.match(text.headers, { 'content-type': 'text/plain; charset=utf-8', 'content-length': '14', 'x-content-type-options': 'nosniff' })
  t.match(await gateway.app.inject('/page'), { statusCode: 503, body: '<p>Soon</p>', headers: { 'content-type': 'text/html', 'retry-after': '60' } })
  const none = await gateway.app.inject('/none')
  t.match(none, { statusCode: 204, body: '' })
  t.notOk('content-length' in none.headers)
  t.match(await gateway.app.inject('/bare'), { statusCode: 200, body: '', headers: { 'content-length': '0' } })
  t.match(await gateway.app.inject({ method: 'HEAD', url: '/text' }), { statusCode: 200, body: '', headers: { 'content-length': '14' } })
})

t.test('a mock whose values come from the request', async (t) => {
  const { gateway } = await buildFrom(t, filesOf(nowhere, `
  order:
    match: { path: "/orders/{id}" }
    respond:
      status: 201
      headers: { x-id: "{id}", x-who: "{identity.subject}" }
      json: { id: "{id}", lines: [{ sku: "A-{id}" }, 1, null, true], who: "{identity.subject}", "{id}": none }`))
  const answer = await gateway.app.inject('/orders/a%22b%3Cc')
  t.equal(answer.statusCode, 201)
  t.equal(answer.headers['content-type'], 'application/json')
  t.equal(answer.headers['x-id'], 'a"b<c')
  t.notOk('x-who' in answer.headers)
  t.same(answer.json(), { id: 'a"b<c', lines: [{ sku: 'A-a"b<c' }, 1, null, true], '{id}': 'none' })
  t.match(await gateway.app.inject('/orders/a%E2%82%ACb'), { statusCode: 400 }, 'a header cannot carry that')
})

t.test('policies hold as they do before a service', async (t) => {
  const { gateway, lines } = await buildFrom(t, filesOf(nowhere, `
  one: { match: { path: /one }, limits: [few], respond: { body: one } }
  two: { match: { path: /two }, addresses: { deny: [127.0.0.1] }, respond: { body: two } }`, 'limits: { few: { by: client.address, rate: 1/d } }'))
  t.equal((await gateway.app.inject('/one')).statusCode, 200)
  t.equal((await gateway.app.inject('/one')).statusCode, 429)
  t.equal((await gateway.app.inject('/two')).statusCode, 403)
  t.match(await lines.when(({ path }) => path === '/two'), { status: 403, route: 'two', code: 'FORBIDDEN' })
})

t.test('a redirect fills its template from what matched', async (t) => {
  const { gateway } = await buildFrom(t, filesOf(nowhere, `
  one: { match: { path: "/old/{id}" }, respond: { redirect: { to: "/new/{id}/full" } } }
  query: { match: { path: "/find/{word}/{page}" }, respond: { redirect: { to: "/search{?word,page}", status: 302 } } }
  rest: { match: { path: "/docs/*" }, respond: { redirect: { to: "/manual/*", status: 301 } } }
  all: { match: { path: "/up/*" }, respond: { redirect: { to: "/*", status: 307 } } }
  away: { match: { path: "/away/{id}/*" }, respond: { redirect: { to: "https://new.example:8443/{id}/*", status: 303 } } }
  home: { match: { path: /home }, respond: { redirect: { to: / } } }`))
  const cases: [string, number, string][] = [
    ['/old/7?x=1&y=%20', 308, '/new/7/full?x=1&y=%20'],
    ['/old/a%20b%3Fc', 308, '/new/a%20b%3Fc/full'],
    ['/find/a%26b/2?own=1', 302, '/search?word=a%26b&page=2'],
    ['/docs/a/b%20c?q', 301, '/manual/a/b%20c?q'],
    ['/docs', 301, '/manual'],
    ['/up/a/b', 307, '/a/b'],
    ['/up', 307, '/'],
    ['/away/7/x', 303, 'https://new.example:8443/7/x'],
    ['/home?next=//evil.example', 308, '/?next=//evil.example'],
  ]
  for (const [asked, status, location] of cases) {
    const answer = await gateway.app.inject(asked)
    t.equal(answer.statusCode, status, asked)
    t.equal(answer.headers.location, location, asked)
    t.equal(answer.body, '')
  }
})

t.test('a redirect never leads to a host that the client names', async (t) => {
  const { url } = await startGateway(t, filesOf(nowhere, `
  one: { match: { path: "/one/{a}" }, respond: { redirect: { to: "/{a}" } } }
  two: { match: { path: "/two/{a}/{b}" }, respond: { redirect: { to: "{/a,b}" } } }
  rest: { match: { path: "/rest/*" }, respond: { redirect: { to: "/*" } } }
  away: { match: { path: "/away/{a}/*" }, respond: { redirect: { to: "https://here.example/{a}/*" } } }`))
  const evil = ['/evil.example', '//evil.example', '\\evil.example', '%2fevil.example', '%2F%2Fevil.example', '%5cevil.example', '%252fevil.example',
    '@evil.example', ':evil.example', '.evil.example', '%09/evil.example', '%0d%0aLocation:%20//evil.example', '..%2f', '%2e%2e', 'https:evil.example',
    'https://evil.example', '%68ttps:%2f%2fevil.example', '%E3%80%82evil', ';/evil.example', '?//evil.example', '#//evil.example', '%00', '~', '%40evil.example']
  for (const text of evil) {
    for (const path of [`/one/${text}`, `/two/${text}/x`, `/two/x/${text}`, `/rest/${text}`, `/rest/${text}/`, `/away/${text}/x`, `/away/x/${text}`]) {
      const { statusCode, headers } = await ask(url, { path })
      t.ok(statusCode === 308 ? staysHere(headers.location ?? '') : headers.location === undefined, `${path} -> ${statusCode} ${headers.location}`)
    }
  }
})

t.test('no parameter changes the host of a redirect', async (t) => {
  const { gateway } = await buildFrom(t, filesOf(nowhere, `
  one: { match: { path: "/one/{a}/{b}" }, respond: { redirect: { to: "/{a}{/b}{?a,b}" } } }
  rest: { match: { path: "/rest/*" }, respond: { redirect: { to: "/*" } } }`))
  const piece = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webUrl(), fc.constantFrom('/', '\\', '.', '..', '//', '@', ':', '\t', ''))
  await fc.assert(fc.asyncProperty(piece, piece, async (a, b) => {
    if (!a.isWellFormed() || !b.isWellFormed()) return
    for (const path of [`/one/${encodeURIComponent(a)}/${encodeURIComponent(b)}`, `/rest/${encodeURIComponent(a)}/${encodeURIComponent(b)}`]) {
      const { statusCode, headers } = await gateway.app.inject(path)
      const { location } = headers
      if (statusCode === 308 ? !staysHere(location ?? '') : location !== undefined) throw new Error(`${path} -> ${location}`)
    }
  }), { numRuns: 200 })
})

/** As a browser would resolve it. */
function staysHere(location: string): boolean {
  const { origin } = new URL(location, 'http://gateway.example')
  return origin === 'http://gateway.example' || (location.startsWith('https://here.example/') && origin === 'https://here.example')
}

t.test('a request body that nobody reads does no harm', async (t) => {
  const { url } = await startGateway(t, filesOf(nowhere, '  one: { match: { path: /one }, respond: { body: one } }'))
  const response = await ask(`${url}/one`, { method: 'POST', headers: { 'content-length': '0' } })
  t.equal((await bytesOf(response)).toString(), 'one')
})

t.test('a route goes to a service or answers itself', async (t) => {
  t.same(await problemsOf(t, `
  both: { match: { path: /a }, to: { service: s }, respond: {} }
  none: { match: { path: /b } }
  kept: { match: { path: /c }, respond: {} }`), [
    'routes/gateway.yaml:6:52: routes.both.respond: a route has one of "to" and "respond"',
    'routes/gateway.yaml:7:3: routes.none: the key "to" is missing, or "respond" where the gateway answers itself',
  ])
})

t.test('what an answer cannot be', async (t) => {
  const respond = (text: string) => problemsOf(t, `  r: { match: { path: "/x/{id}/*" }, respond: { ${text} } }`)
  const cases: [string, RegExp][] = [
    ['body: a, json: b', /respond\.json: an answer has one of/],
    ['body: a, redirect: { to: / }', /respond\.redirect: an answer has one of/],
    ['status: 301, redirect: { to: / }', /respond\.status: .*redirect\.status/],
    ['status: 304', /304/],
    ['status: 204, body: a', /respond\.status: .*has no body/],
    ['status: 101', /less than 200/],
    ['status: 600', /more than 599/],
    ['headers: { content-length: "3" }', /respond\.headers\.content-length: .*Sluice itself/],
    ['headers: { x-a: "{idd}" }', /did you mean "id"/],
    ['headers: { location: /x }, redirect: { to: / }', /respond\.headers\.location/],
    ['json: { a: [{ b: "{parent.x}" }] }', /respond\.json\.a\.0\.b: .*GraphQL/],
    ['redirect: { to: "//evil.example" }', /respond\.redirect\.to: .*one "\/"/],
    ['redirect: { to: "/\\\\evil.example" }', /respond\.redirect\.to/],
    ['redirect: { to: "https://{id}.example/" }', /constant https/],
    ['redirect: { to: "https://{id}/" }', /constant https/],
    ['redirect: { to: "https://a.example@{id}/" }', /constant https/],
    ['redirect: { to: "https://a.example" }', /constant https/],
    ['redirect: { to: "https://a.example{id}" }', /constant https/],
    ['redirect: { to: "javascript:alert(1)" }', /constant https/],
    ['redirect: { to: "{id}" }', /constant https/],
    ['redirect: { to: "{+id}" }', /constant https/],
    ['redirect: { to: "/a/{+id}" }', /refused/],
    ['redirect: { to: "/a/{idd}" }', /did you mean "id"/],
    ['redirect: { to: "/a/*/b" }', /can only close/],
    ['redirect: { to: /a, status: 300 }', /respond\.redirect\.status/],
  ]
  for (const [text, expected] of cases) {
    const problems = await respond(text)
    t.equal(problems.length, 1, text)
    t.match(problems[0], expected)
    t.match(problems[0], /^routes\/gateway\.yaml:\d+:\d+: /)
  }
  t.match(await problemsOf(t, '  r: { match: { path: /x }, respond: { redirect: { to: "/y/*" } } }'), [/match\.path has none/])
})

t.test('a service sees nothing of it', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, filesOf(backend.url, `
  mock: { match: { path: /a/mock }, respond: { json: { mock: true } } }
  real: { match: { path: "/a/*" }, to: { service: s } }`))
  t.same((await gateway.app.inject('/a/mock')).json(), { mock: true })
  t.equal(backend.seen.length, 0)
  await gateway.app.inject('/a/other')
  t.equal(backend.seen.length, 1)
})
