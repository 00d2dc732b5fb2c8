import { hash } from 'node:crypto'
import { request, type Sees } from '../case.ts'
import { carelessGateway, type Decide, type Lines } from '../double.ts'
import type { Group } from '../group.ts'
import { casesOf, sent, type Header } from './header-cases.ts'

const list = (values: readonly string[]) => values.join(', ')
const never = () => null

/** The first header of a name, as CGI-style services spell it. */
function firstOf(lines: Lines, header: string): string | undefined {
  return lines.find(([name]) => name.toLowerCase().replaceAll('_', '-') === header)?.[1]
}

function without(lines: Lines, ...names: readonly string[]): Lines {
  return lines.filter(([name]) => !names.includes(name.toLowerCase()))
}

/** Two routes that a header tells apart; the service is told which it was. */
function matching(header: Header, match: string, fits: (value: string) => boolean): Group {
  const name = header.name.toLowerCase()
  const routeOf = (value: string | undefined) => (value !== undefined && fits(value) ? 'good' : 'other')
  return {
    classes: {
      [`headers: match ${name}`]: casesOf(header, (reads) => {
        const { fields, ...rest } = sent(name, reads)
        return { fields: { 'x-route': routeOf(reads), ...fields }, ...rest }
      }),
    },
    config: (target) => `
services: { s: { targets: [{ url: "${target}" }] } }
routes:
  good: { match: { path: /*, ${match} }, headers: { request: { set: { x-route: good } } }, to: { service: s } }
  other: { match: { path: /* }, headers: { request: { set: { x-route: other } } }, to: { service: s } }
`,
    double: carelessGateway((): Decide => ({ target, lines }) =>
      ({ path: target, lines: [...lines, ['X-Route', routeOf(firstOf(lines, name))]] })),
    rules: {},
  }
}

function matched(header: Header): Group {
  const [good] = header.values
  return matching(header, `headers: { ${header.name.toLowerCase()}: "${good}" }`, (value) => value === good)
}

/** Versions by the media type that is wanted, which is one of a list. */
const accepted = matching({ name: 'Accept', values: ['text/x', 'text/y'], join: list }, 'accept: text/x', (value) =>
  value.split(',').some((range) => range.split(';', 1)[0]?.trim().toLowerCase() === 'text/x'))

const keys = { alice: 'key-of-alice', bob: 'key-of-bob' }
const subjectOf = (key: string | undefined) => Object.entries(keys).find(([, value]) => value === key)?.[0]
const hashed = Object.entries(keys).map(([subject, key]) => `sha256:${hash('sha256', key)} ${subject}`)

/** The client that the service is told of is the one whose key it is sent. */
const authenticated: Group = {
  classes: {
    'headers: api key': casesOf({ name: 'X-Api-Key', values: [keys.alice, keys.bob], join: never }, (reads) => {
      const subject = subjectOf(reads)
      if (reads === undefined || subject === undefined) return null
      return { fields: { 'x-user-id': subject, 'x-api-key': reads } }
    }),
  },
  config: (target) => `
identity: { keys: { type: api-key, header: x-api-key, keys: "${hashed.join('\\n')}" } }
services:
  s:
    targets: [{ url: "${target}" }]
    forward: [x-api-key]
    identity: { headers: { x-user-id: "{identity.subject}" } }
routes: { all: { match: { path: /* }, auth: { providers: [keys], failures: 10000/s }, to: { service: s } } }
`,
  double: carelessGateway((): Decide => ({ target, lines }) => {
    const subject = subjectOf(firstOf(lines, 'x-api-key'))
    return subject === undefined ? 401 : { path: target, lines: [...lines, ['X-User-Id', subject]] }
  }),
  rules: {},
}

/** Where nobody asks for a credential it is kept from the service all the same. */
const consumed: Group = {
  classes: Object.fromEntries(['Authorization', 'X-Api-Key'].map((name) => [
    `headers: ${name.toLowerCase()} kept back`,
    casesOf({ name, values: ['Bearer a', 'Bearer b'], join: never }, () => sent(name.toLowerCase(), undefined)),
  ])),
  config: (target) => `
identity: { keys: { type: api-key, header: x-api-key, keys: "" } }
services: { s: { targets: [{ url: "${target}" }] } }
routes: { all: { match: { path: /* }, auth: none, to: { service: s } } }
`,
  double: carelessGateway((): Decide => ({ target, lines }) =>
    ({ path: target, lines: without(lines, 'authorization', 'x-api-key') })),
  rules: {},
}

/** Each case has tenants of its own, so that none finds the limit used up by another. */
const ownTenants = (text: string, index: number) => text.replaceAll(/acme|other/gi, (tenant) => `${tenant}${index}`)

/**
 * Puts a plain request behind, which is counted under what the first one's service saw and so must find the limit used
 * up. Each case has addresses of its own as well, by which a request without the header counts.
 */
function withProbe(bytes: string, reads: string | undefined, index: number): string {
  const from = (last: number) => `X-Forwarded-For: 10.${index >> 8}.${index & 255}.${last}\r\n`
  const counted = reads === undefined || reads === '' ? from(1) : `${from(2)}X-Tenant: ${reads}\r\n`
  const probe = request('GET', counted).replace('/own', '/smuggled')
  return ownTenants(bytes.replace('\r\n', `\r\n${from(1)}`) + probe, index)
}

/** One request for each tenant, or else for each address. */
const limited: Group = {
  classes: {
    'headers: limit': casesOf(
      { name: 'X-Tenant', values: ['acme', 'other'], join: list },
      (reads, index) => sent('x-tenant', reads === undefined ? undefined : ownTenants(reads, index)),
      withProbe,
    ),
  },
  config: (target) => `
trustedProxies: [127.0.0.1]
limits: { one: { by: header.x-tenant, rate: 1/d } }
services: { s: { targets: [{ url: "${target}" }] } }
routes: { all: { match: { path: /* }, limits: [one], to: { service: s } } }
`,
  double: carelessGateway((): Decide => {
    const taken = new Set<string | undefined>()
    return ({ target, lines }) => {
      const key = firstOf(lines, 'x-tenant') ?? firstOf(lines, 'x-forwarded-for')
      if (taken.has(key)) return 429
      taken.add(key)
      return { path: target, lines }
    }
  }),
  rules: null,
}

const edits: Record<string, (reads: string | undefined) => Sees> = {
  'X-Plan': () => sent('x-plan', 'gold'),
  'X-Debug': () => sent('x-debug', undefined),
  'X-Tag': (reads) => sent('x-tag', reads === undefined ? 'ours' : `${reads}|ours`),
}

/** What a route sets, takes out or adds is what the service sees, whatever the client sent under these names. */
const edited: Group = {
  classes: {
    'headers: edits': Object.entries(edits).flatMap(([name, sees]) => {
      return casesOf({ name, values: ['mine', 'more'], join: list }, sees)
    }),
  },
  config: (target) => `
services: { s: { targets: [{ url: "${target}" }] } }
routes:
  all:
    match: { path: /* }
    headers: { request: { set: { x-plan: gold }, remove: [x-debug], add: { x-tag: ours } } }
    to: { service: s }
`,
  double: carelessGateway((): Decide => ({ target, lines }) =>
    ({ path: target, lines: [...without(lines, 'x-plan', 'x-debug'), ['X-Plan', 'gold'], ['X-Tag', 'ours']] })),
  rules: {},
}

/** What a policy read of a header is what the service sees of it. */
export const headers: readonly Group[] = [
  matched({ name: 'X-Track', values: ['beta', 'stable'], join: list }),
  matched({ name: 'Cookie', values: ['track=beta', 'track=stable'], join: (values) => values.join('; ') }),
  // Of several, Node reads the first, and that one alone goes on.
  matched({ name: 'User-Agent', values: ['beta', 'stable'], join: ([first = '']) => first }),
  accepted, authenticated, consumed, limited, edited,
]
