import t from 'tap'
import fc from 'fast-check'
import { PatternError, matchesPattern, parsePattern, shapeOf } from '../../src/match/pattern.ts'
import { RouteTable, findTies, type Match } from '../../src/match/table.ts'

const match = (path: string, more: Partial<Match> = {}): Match => ({ hosts: null, methods: null, path, headers: {}, ...more })
const request = (path: string, more = {}) => ({ method: 'GET', host: 'h', segments: path === '/' ? [] : path.slice(1).split('/'), headers: {}, ...more })

function table(matches: Record<string, Match>): RouteTable<string> {
  const routes = new RouteTable<string>()
  for (const [name, entry] of Object.entries(matches)) routes.add(entry, name)
  return routes
}

t.test('literal wins over parameter, parameter over rest, segment by segment', async (t) => {
  const routes = table({ me: match('/users/me'), one: match('/users/{id}'), all: match('/users/*'), deep: match('/users/{id}/orders') })
  t.match(routes.find(request('/users/me')), { value: 'me' })
  t.match(routes.find(request('/users/7')), { value: 'one', parameters: { id: '7' } })
  t.match(routes.find(request('/users/me/orders')), { value: 'deep', parameters: { id: 'me' } })
  t.match(routes.find(request('/users/7/x/y')), { value: 'all', rest: 3 })
  t.match(routes.find(request('/users')), { value: 'all', rest: 0 })
  t.match(routes.find(request('/users/')), { value: 'all', rest: 1 })
  t.same(routes.find(request('/other')), { allow: [], types: [] })
})

t.test('among all that match, method counts after path and headers last', async (t) => {
  const routes = table({
    special: match('/a/special', { methods: ['POST'] }),
    get: match('/a/{id}', { methods: ['GET'] }),
    beta: match('/a/{id}', { methods: ['GET'], headers: { 'x-beta': '1' } }),
    any: match('/a/{id}', { methods: null }),
  })
  t.match(routes.find(request('/a/special', { method: 'POST' })), { value: 'special' })
  t.match(routes.find(request('/a/special')), { value: 'get' }, 'a more specific path with another method does not hide it')
  t.match(routes.find(request('/a/1', { headers: { 'x-beta': '1' } })), { value: 'beta' })
  t.match(routes.find(request('/a/1', { method: 'PATCH' })), { value: 'any' })
  t.match(routes.find(request('/a/1', { method: 'HEAD' })), { value: 'get' }, 'GET implies HEAD')
})

t.test('a path without the method says what there is', async (t) => {
  const routes = table({ a: match('/a', { methods: ['GET'] }), b: match('/a', { methods: ['POST'] }) })
  t.same(routes.find(request('/a', { method: 'DELETE' })), { allow: ['GET', 'HEAD', 'POST'], types: [] })
})

t.test('exact host wins over wildcard, the longer wildcard over the shorter, any host comes last', async (t) => {
  const routes = table({
    exact: match('/', { hosts: ['api.example.com'] }),
    long: match('/', { hosts: ['*.eu.example.com'] }),
    short: match('/', { hosts: ['*.example.com'] }),
    any: match('/'),
  })
  t.match(routes.find(request('/', { host: 'api.example.com' })), { value: 'exact' })
  t.match(routes.find(request('/', { host: 'x.eu.example.com' })), { value: 'long' })
  t.match(routes.find(request('/', { host: 'x.example.com' })), { value: 'short' })
  t.match(routes.find(request('/', { host: 'example.com' })), { value: 'any' })
})

t.test('parameters are never empty and names like __proto__ are only names', async (t) => {
  const routes = table({ one: match('/a/{id}') })
  t.same(routes.find(request('/a/')), { allow: [], types: [] })
  t.match(routes.find(request('/a/__proto__')), { parameters: { id: '__proto__' } })
})

t.test('only true ties are ties', async (t) => {
  t.same(findTies({ a: match('/x/{id}'), b: match('/x/{name}') }), [['a', 'b']])
  t.same(findTies({ a: match('/x/{id}'), b: match('/x/me') }), [])
  t.same(findTies({ a: match('/x', { methods: ['GET'] }), b: match('/x', { methods: ['POST'] }), c: match('/x') }), [])
  t.same(findTies({ a: match('/x', { methods: ['GET', 'PUT'] }), b: match('/x', { methods: ['PUT'] }) }), [['a', 'b']])
  t.same(findTies({ a: match('/x', { headers: { v: '1' } }), b: match('/x', { headers: { v: '2' } }) }), [])
  t.same(findTies({ a: match('/x', { headers: { v: '1' } }), b: match('/x', { headers: { w: '2' } }) }), [['a', 'b']])
  t.same(findTies({ a: match('/x', { hosts: ['a'] }), b: match('/x', { hosts: ['b'] }), c: match('/x') }), [])
})

t.test('patterns that cannot be understood say why', async (t) => {
  const cases: [string, RegExp][] = [
    ['x', /must start with/], ['/a//b', /empty/], ['/*/a', /last segment/], ['/a*', /not a literal/], ['/{id}.json', /not a literal/],
    ['/{id}/{id}', /stands twice/], ['/../a', /"\.\."/], ['/%2e%2e', /"\.\."/], ['/%zz', /percent-encoded/], ['/a?b', /not a literal/],
  ]
  for (const [path, message] of cases) t.throws(() => parsePattern(path), { constructor: PatternError, message }, path)
  t.equal(shapeOf(parsePattern('/a/{x}/*')), '/a/{}/*')
})

t.test('the table finds a route exactly when some pattern matches', async () => {
  const segment = fc.constantFrom('a', 'b', '{x}')
  const paths = fc.array(fc.tuple(fc.array(segment, { maxLength: 4 }), fc.boolean()), { maxLength: 6 })
  fc.assert(
    fc.property(paths, fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 }), (shapes, segments) => {
      const patterns = shapes.map(([parts, rest]) =>
        `/${[...parts.map((part, index) => part.replace('x', `x${index}`)), ...(rest ? ['*'] : [])].join('/')}`)
      const routes = table(Object.fromEntries(patterns.map((path, index) => [String(index), match(path)])))
      const found = routes.find({ method: 'GET', host: 'h', segments, headers: {} })
      const expected = patterns.some((path) => matchesPattern(parsePattern(path), segments))
      if (('value' in found) !== expected) throw new Error(`${patterns.join(' ')} against ${segments.join('/')}`)
    }),
    { numRuns: 1000 },
  )
})
