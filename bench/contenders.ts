import { join } from 'node:path'
import { exportSPKI } from 'jose'
import { systemClock } from '../src/clock.ts'
import { freePorts } from '../test/free-port.ts'
import { writeFiles, type Place } from '../test/gateway.ts'
import { makeKey, sign, startIssuer } from '../test/identity/issuer.ts'
import type { FastifyWords } from './fastify-proxy.ts'
import { start, startNginx, startServer, startSluice, type Started } from './start.ts'

/** A gateway before the backend, in a process of its own. */
export interface Contender extends Started {
  readonly name: string
  /** What clients send. */
  readonly headers: Readonly<Record<string, string>>
}

const audience = 'bench'
const subject = 'ada'
const fastifyProxy = new URL('fastify-proxy.ts', import.meta.url)
const transfer = new URL('transfer.ts', import.meta.url)

/** Starts what answers all gateways: about 1 KiB of JSON, always the same. Gives its address. */
export async function startAnswering(place: Place): Promise<string> {
  const items = Array.from({ length: 12 }, (_, id) => ({ id, sku: `SKU-${1000 + id}`, title: 'A thing to be had', price: 1999, currency: 'EUR' }))
  const server = (port: number) => `server { listen 127.0.0.1:${port}; default_type application/json; location / { return 200 '${JSON.stringify({ items })}'; } }`
  return (await startNginx(place, server)).url
}

/** Starts all that take part, each as it would be set up where it has to be quick. Access logs go to files. */
export async function startContenders(place: Place, target: string): Promise<readonly Contender[]> {
  const key = await makeKey('bench')
  const { issuer, says } = await startIssuer(place, [key])
  const token = await sign(key, { issuer, clock: systemClock }, { sub: subject, aud: audience, exp: Date.now() / 1000 + 3600 })
  const authorization = { authorization: `Bearer ${token}` }
  const tokens = { key: await exportSPKI(key.publicKey), issuer, audience }
  return Promise.all([
    contender('Sluice, no policies', startSluice(place, bareRoute(target))),
    contender('Sluice, all policies', startSluice(place, guardedRoute(target, issuer, says.jwksUri)), authorization),
    contender('the transfer alone', startServer(place, transfer, { target })),
    contender('@fastify/http-proxy', fastify(place, { target })),
    contender('the Fastify stack', fastify(place, { target, tokens }), authorization),
    contender('nginx', nginx(place, target)),
    contender('HAProxy', haproxy(place, target)),
  ])
}

async function contender(name: string, started: Promise<Started>, headers: Contender['headers'] = {}): Promise<Contender> {
  return { name, ...await started, headers }
}

function bareRoute(target: string): string {
  return `
services: { backend: { targets: [{ url: "${target}" }] } }
routes: { all: { match: { path: /* }, auth: none, accessLog: { lines: none }, to: { service: backend } } }
`
}

function guardedRoute(target: string, issuer: string, jwks: string): string {
  return `
identity: { main: { type: jwt, issuer: "${issuer}", audience: ${audience}, jwks: "${jwks}" } }
limits: { per-client: { by: identity.subject, rate: 1000000/s } }
services: { backend: { targets: [{ url: "${target}" }] } }
routes: { all: { match: { path: /* }, auth: { providers: [main] }, limits: [per-client], to: { service: backend } } }
`
}

function fastify(place: Place, told: Omit<FastifyWords, 'port'>): Promise<Started> {
  return startServer(place, fastifyProxy, told)
}

function nginx(place: Place, target: string): Promise<Started> {
  return startNginx(place, (port) => `
  upstream backend { server ${new URL(target).host}; keepalive 256; keepalive_requests 100000000; keepalive_timeout 1h; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }`)
}

async function haproxy(place: Place, target: string): Promise<Started> {
  const dir = place.testdir()
  const [port = 0] = await freePorts(1)
  writeFiles(dir, {
    'proxy.conf': `
global
  nbthread 1
defaults
  mode http
  option forwardfor
  http-reuse always
  timeout connect 2s
  timeout client 1h
  timeout server 1h
frontend public
  bind 127.0.0.1:${port}
  default_backend s
backend s
  server s ${new URL(target).host}
`,
  })
  return start(place, { command: 'haproxy', words: ['-db', '-f', join(dir, 'proxy.conf')], port })
}
