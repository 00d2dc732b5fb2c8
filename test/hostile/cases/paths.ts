import { passes, refused, type Case, type Cases } from '../case.ts'
import { carelessGateway, type Decide } from '../double.ts'
import type { Group } from '../group.ts'

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

const ask = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
const guarded = '/api/admin'

/** Whatever the service could take for the guarded path needs the credential; other paths are open. */
function casesBelow(prefix: string): Cases {
  return [
    ...spellings.map((spelling): Case => ({ name: spelling, bytes: ask(prefix + spelling), sees: { outside: guarded }, orNothing: true })),
    passes('another path', ask(`${prefix}other`), { path: '/api/other' }),
  ]
}

/** Guards the path as it stands and sends what a URL class makes of it, as a router and a proxy do that don't know each other. */
const naive = (prefix: string): Decide => ({ target, lines }) => {
  const raw = target.startsWith(prefix) ? `/api/${target.slice(prefix.length)}` : target
  if (raw === guarded || raw.startsWith(`${guarded}/`)) return 401
  const url = URL.parse(raw.startsWith('/') ? `http://s${raw}` : raw)
  const host = lines.find(([name]) => name === 'Host')?.[1] ?? ''
  return url === null ? 400 : { path: url.pathname + url.search, lines: [...lines, ['X-Forwarded-Host', host]] }
}

const guard = 'auth: { providers: [keys] }'

/** Ways to guard a path while others near it are open; `prefix` is where clients find them. */
interface Shape {
  routes: string
  service?: string
  prefix: string
}

const shapes: Record<string, Shape> = {
  'guarded beside a wildcard': { prefix: '/api/', routes: `
  admin: { match: { path: /api/admin }, ${guard}, to: { service: s } }
  below: { match: { path: /api/admin/* }, ${guard}, to: { service: s } }
  open: { match: { path: /api/* }, auth: none, to: { service: s } }` },
  'guarded beside a parameter': { prefix: '/api/', routes: `
  admin: { match: { path: /api/admin }, ${guard}, to: { service: s } }
  open: { match: { path: "/api/{name}" }, auth: none, to: { service: s } }
  deep: { match: { path: "/api/{name}/{more}" }, auth: none, to: { service: s } }` },
  'guarded wildcard below /*': { prefix: '/api/', routes: `
  admin: { match: { path: /api/admin/* }, ${guard}, to: { service: s } }
  open: { match: { path: /* }, auth: none, to: { service: s } }` },
  'rewritten wildcard': { prefix: '/v1/', service: `
    access: [{ path: /api/admin/*, claims: { sub: root } }]`, routes: `
  open: { match: { path: /v1/* }, auth: none, to: { service: s, path: /api/* } }` },
  'rewritten parameter': { prefix: '/v1/', service: `
    access: [{ path: /api/admin, claims: { sub: root } }]`, routes: `
  open: { match: { path: "/v1/{name}" }, auth: none, to: { service: s, path: "/api/{name}" } }` },
  'rule of the service': { prefix: '/api/', service: `
    access: [{ path: /api/admin, claims: { sub: root } }, { path: /api/admin/*, claims: { sub: root } }]`, routes: `
  open: { match: { path: /* }, auth: none, to: { service: s } }` },
}

const config = (target: string, { routes, service = '' }: Pick<Shape, 'routes' | 'service'>) => `
identity: { keys: { type: api-key, header: x-api-key, keys: "" } }
services:
  s:
    targets: [{ url: "${target}" }]${service}
routes:${routes}
`

/** A target may have other forms than a path (RFC 9112 section 3.2); none of them may say whose request it is. */
const foreign = ['*', 'a', 'a:80', '?x', 'http:/x', 'http:///x', 'http://b/x', 'https://a/x', 'http://a:81/x', 'http://u@a/x', 'http://a@b/x', 'http://b@a/x', 'http://a\\@b/x', 'http://a%2fb/x', 'http://a/../x', 'http://a//x', 'http://a#/x', 'ftp://a/x', 'file:///etc/passwd', 'javascript:x', 'ws://a/x', '//a/x', 'http://a,b/x', 'http://[::1/x', 'http://a./x', 'http://a /x']
const origins = { 'http://a/x?y': '/x?y', 'HTTP://A/x': '/x', 'http://a:80/x': '/x', 'http://a': '/', 'http://a?y=http://b/': '/?y=http://b/', '/x?http://b/': '/x?http://b/' }

const targets: Group = {
  classes: {
    'path: forms of the target': [
      ...foreign.map((target) => refused(target, ask(target))),
      ...Object.entries(origins).map(([target, path]) => passes(target, ask(target), { path, fields: { 'x-forwarded-host': 'a' } })),
    ],
  },
  config: (target) => config(target, { routes: `
  open: { match: { hosts: [a, b], path: /* }, auth: none, to: { service: s } }` }),
  double: carelessGateway(() => naive('/api/')),
  rules: {},
}

export const paths: readonly Group[] = [
  ...Object.entries(shapes).map(([name, shape]): Group => ({
    classes: { [`path: ${name}`]: casesBelow(shape.prefix) },
    config: (target) => config(target, shape),
    double: carelessGateway(() => naive(shape.prefix)),
    rules: { guarded: `${shape.prefix}admin`, ...(shape.prefix === '/api/' ? {} : { rewrite: [shape.prefix, '/api/'] }) },
  })),
  targets,
]
