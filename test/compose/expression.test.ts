import fc from 'fast-check'
import t from 'tap'
import { compileHeader, compileValue, parseTemplate, TemplateError, type Scope } from '../../src/compose/expression.ts'
import { compilePath } from '../../src/compose/url-path.ts'
import { SluiceError } from '../../src/errors.ts'
import { anonymous, type Identity } from '../../src/identity.ts'

const user: Identity = { subject: '7', scopes: new Set(), claims: { tenant: 'acme', deep: { er: 1 } }, provider: 'main', expiresAt: null }

function scope(args: Record<string, unknown>, parent?: unknown, identity = user): Scope {
  return { arguments: args, parent, identity }
}

function path(text: string, args: Record<string, unknown>, parent?: unknown): string | null {
  return compilePath(parseTemplate(text), { naming: 'snake_case' })(scope(args, parent))
}

function header(text: string, args: Record<string, unknown>): string | undefined {
  return compileHeader(parseTemplate(text))(scope(args))
}

t.test('reads references with their places', (t) => {
  t.strictSame(parseTemplate('/users/{id}{?parent.customerId,identity.claims.a.b*}').references, [
    { root: 'argument', path: ['id'], offset: 8 },
    { root: 'parent', path: ['customerId'], offset: 13 },
    { root: 'identity', path: ['claims', 'a', 'b'], offset: 31 },
  ])
  t.strictSame(parseTemplate('plain').references, [])
  t.end()
})

t.test('refuses what it does not understand, with the place', (t) => {
  const cases: [string, number][] = [
    ['/a/{id', 3], ['/a/id}', 5], ['/{}', 1], ['/{+x}', 1], ['/{#x}', 1], ['/{!x}', 1], ['/{a b}', 2], ['/{a,}', 4],
    ['/{parent}', 2], ['/{identity}', 2], ['/{identity.email}', 2], ['/{identity.subject.x}', 2], ['/{a:0}', 2], ['/{?}', 1],
    ['/{identity.claims}', 2], ['/{{a}}', 2],
  ]
  for (const [text, offset] of cases) {
    t.throws(() => parseTemplate(text), { name: 'TemplateError', offset }, text)
  }
  t.end()
})

t.test('refuses templates whose form does not fit where they stand', (t) => {
  for (const text of ['users', '/a{?x}{?y}', '/a{&x}', '/a?b{?x}', '/a{?x}{/y}', '/a b', '/ä', '/a#b', '/a{?id,parent.id}', '/a{?fooBar,foo_bar}']) {
    t.throws(() => compilePath(parseTemplate(text), { naming: 'snake_case' }), TemplateError, text)
  }
  for (const text of ['{?x}', '{x*}', '{x,y}', '{x:3}']) {
    t.throws(() => compileValue(parseTemplate(text)), TemplateError, text)
    t.throws(() => compileHeader(parseTemplate(text)), TemplateError, text)
  }
  t.throws(() => compileHeader(parseTemplate('a\nb')), TemplateError)
  t.end()
})

t.test('paths', (t) => {
  t.equal(path('/health', {}), '/health')
  t.equal(path('/users/{id}', { id: 7 }), '/users/7')
  t.equal(path('/users/{id}', { id: 'a b?c=d&e#f' }), '/users/a%20b%3Fc%3Dd%26e%23f')
  t.equal(path('/users/{identity.subject}/{identity.claims.tenant}', {}), '/users/7/acme')
  t.equal(path('/x/{identity.claims.deep.er}', {}), '/x/1')
  t.equal(path('/{input.sku}', { input: { sku: 'A' } }), '/A')
  t.equal(path('{/a,b}', { a: 1, b: 2 }), '/1/2')
  t.equal(path('/x{/a*}', { a: ['1', '2'] }), '/x/1/2')
  t.equal(path('/{a:2}', { a: '💧💧💧' }), '/%F0%9F%92%A7%F0%9F%92%A7')
  t.equal(path('/{parent.customerId}', {}, { customerId: 3 }), '/3')
  t.end()
})

t.test('a path without a value is no call', (t) => {
  t.equal(path('/users/{id}', {}), null)
  t.equal(path('/users/{id}', { id: null }), null)
  t.equal(path('/users/{id}', { id: [] }), null)
  t.equal(path('/users/{parent.id}', {}), null)
  t.equal(path('/users/{parent.id}', {}, null), null)
  t.equal(path('/users/{toString}', {}), null, 'only own properties count')
  t.equal(path('/users/{constructor.name}', {}), null)
  t.equal(path('/users/{__proto__.x}', {}), null)
  t.equal(compilePath(parseTemplate('/users/{identity.subject}'), { naming: 'as-is' })(scope({}, undefined, anonymous)), null)
  t.end()
})

t.test('queries', (t) => {
  t.equal(path('/products{?category,first}', { category: 'a&b=c', first: 20 }), '/products?category=a%26b%3Dc&first=20')
  t.equal(path('/products{?category,first}', { first: 20 }), '/products?first=20')
  t.equal(path('/products{?category,first}', { category: null }), '/products')
  t.equal(path('/products?sort=new{&category}', { category: 'x' }), '/products?sort=new&category=x')
  t.equal(path('/users{?ids*}', { ids: [1, 2] }), '/users?ids=1&ids=2')
  t.equal(path('/products{?skus}', { skus: ['A', 'B'] }), '/products?skus=A,B')
  t.equal(path('/orders{?parent.customerId}', {}, { customerId: 7 }), '/orders?customer_id=7')
  t.equal(compilePath(parseTemplate('/o{?customerId}'), { naming: 'as-is' })(scope({ customerId: 1 })), '/o?customerId=1')
  t.equal(path('/users{?ids*}', { ids: [] }), null, 'no keys, no call')
  t.equal(path('/users{?ids*}', { ids: [null] }), null)
  t.equal(path('/a{?x,y}', { x: false, y: '' }), '/a?x=false&y=')
  t.equal(path('/a{?x}', { x: '../b' }), '/a?x=..%2Fb')
  t.end()
})

t.test('a query begins with what there is of it', (t) => {
  const after = (args: Record<string, unknown>) => path('/things{?a}{&b,c*}', args)
  t.equal(after({ a: 1, b: 2 }), '/things?a=1&b=2')
  t.equal(after({ b: '2&x' }), '/things?b=2%26x')
  t.equal(after({ c: [1, 2] }), '/things?c=1&c=2')
  t.equal(after({}), '/things')
  t.equal(path('/things?on{&b}', { b: 2 }), '/things?on&b=2')
  t.equal(path('/{b}&c{?a}', { b: '&', a: 1 }), '/%26&c?a=1')
  t.end()
})

t.test('only what a client may leave out is left out of a query', (t) => {
  t.equal(path('/orders{?parent.customerId,first}', { first: 20 }, { customerId: null }), null)
  t.equal(path('/orders{?first}{&identity.claims.nothing}', { first: 20 }), null)
  const required = compilePath(parseTemplate('/orders{?id,first}'), { naming: 'as-is', isOptional: ({ path: [name] }) => name === 'first' })
  t.equal(required(scope({ first: 20 })), null)
  t.equal(required(scope({ id: 7 })), '/orders?id=7')
  t.end()
})

t.test('refuses values that could change the call', (t) => {
  const refuse = (text: string, value: unknown, match: RegExp) => {
    t.throws(() => path(text, { id: value }), { code: 'PARAMETER_REFUSED', message: match }, JSON.stringify(value))
  }
  for (const value of ['.', '..', '..;x', '', 'a/b', 'a\\b', 'a\nb', 'a\u0000', '\u0085', '%2e%2E', 'a%252Fb', '\ud800', {}, { a: 1 }, ['a', '..'], [['a']]]) {
    refuse('/users/{id}', value, /^The value of "id" .+\. .+\.$/)
  }
  refuse('/users{?id}', { admin: 'true' }, /object/)
  refuse('/users{?id*}', { admin: 'true' }, /object/)
  refuse('/users{?id}', '\udfff', /well-formed/)
  refuse('/{id:1}', '..', /"\." or "\.\."/)
  t.end()
})

t.test('headers', (t) => {
  t.equal(header('{key}', { key: 'abc' }), 'abc')
  t.equal(header('user {identity.subject} of {identity.claims.tenant}', {}), 'user 7 of acme')
  t.equal(header('{key}', {}), undefined)
  t.equal(header('a {key}', { key: null }), undefined)
  t.equal(header('{key}', { key: ['a', 1] }), 'a,1')
  t.equal(header('{key}', { key: 'Zoë' }), 'Zoë')
  for (const key of ['a\r\nx: y', 'a\n', '\u0000', '\u007f', '€', { a: 1 }]) {
    t.throws(() => header('{key}', { key }), { code: 'PARAMETER_REFUSED' }, JSON.stringify(key))
  }
  t.end()
})

t.test('values', (t) => {
  const value = (text: string, args: Record<string, unknown>) => compileValue(parseTemplate(text))(scope(args))
  t.equal(value('{x}', { x: 3 }), 3)
  t.strictSame(value('{x}', { x: { a: [1] } }), { a: [1] })
  t.equal(value('{x}', {}), undefined)
  t.equal(value('constant', {}), 'constant')
  t.equal(value('', {}), '')
  t.equal(value('n{x}', { x: 3 }), 'n3')
  t.equal(value('n{x}', {}), undefined)
  t.end()
})

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('/', '..', '?a=b', '#', '\\', '%2f', '\r\nx: y', '&a=b', ';'))

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof SluiceError && thrown.code === 'PARAMETER_REFUSED') return undefined
    throw thrown
  }
}

t.test('no value adds a path segment or a query parameter', async () => {
  const compiled = compilePath(parseTemplate('/users/{id}/orders/x{tail}{?a,b*}'), { naming: 'as-is' })
  const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.object())
  fc.assert(fc.property(text, text, scalar, fc.array(text, { maxLength: 3 }), (id, tail, a, b) => {
    const url = attempt(() => compiled(scope({ id, tail, a, b })))
    if (url === undefined || url === null) return true
    const parsed = new URL(`http://host${url}`)
    const segments = parsed.pathname.split('/')
    const names = [...parsed.searchParams.keys()]
    const values = parsed.searchParams.getAll('b')
    return segments.length === 5 && decodeURIComponent(segments[2]!) === id && decodeURIComponent(segments[4]!) === `x${tail}`
      && `${parsed.pathname}${parsed.search}` === url && parsed.hash === '' && names.every((name) => name === 'a' || name === 'b')
      && names.filter((name) => name === 'a').length === (a === null ? 0 : 1) && values.join('\n') === b.join('\n')
  }), { numRuns: 2000 })
})

t.test('no value adds a header line', async () => {
  const compiled = compileHeader(parseTemplate('v {x}'))
  fc.assert(fc.property(fc.oneof(text, fc.array(text)), (x) => {
    const value = attempt(() => compiled(scope({ x })))
    if (value === undefined) return true
    return new Headers([['x', value]]).get('x') === value && !/[\r\n\0]/.test(value)
  }), { numRuns: 2000 })
})

t.test('names in the service\'s writing', async (t) => {
  const { serviceName } = await import('../../src/compose/naming.ts')
  const names = { placedAt: 'placed_at', id: 'id', userID: 'user_id', HTMLPage: 'html_page', line2: 'line2', line2Text: 'line2_text', a_b: 'a_b' }
  for (const [name, written] of Object.entries(names)) t.equal(serviceName(name, 'snake_case'), written)
  t.equal(serviceName('placedAt', 'as-is'), 'placedAt')
})
