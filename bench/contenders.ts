import { openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exportSPKI } from 'jose'
import { systemClock } from '../src/clock.ts'
import { freePorts } from '../test/free-port.ts'
import { writeFiles, type Place } from '../test/gateway.ts'
import { makeKey, sign, startIssuer } from '../test/identity/issuer.ts'
import { startProgram, type Program } from '../test/program.ts'
import type { FastifyWords } from './fastify-proxy.ts'
import { nginxConfig, nginxWords } from './nginx.ts'

/** A gateway before the backend, in a process of its own. */
export interface Contender {
  readonly name: string
  readonly pid: number
  readonly url: string
  /** What clients send. */
  readonly headers: Readonly<Record<string, string>>
}

const audience = 'bench'
const subject = 'ada'
const bin = fileURLToPath(new URL('../bin/sluice.js', import.meta.url))
const fastifyProxy = fileURLToPath(new URL('fastify-proxy.ts', import.meta.url))
const transfer = fileURLToPath(new URL('transfer.ts', import.meta.url))

/** Starts what answers all gateways: about 1 KiB of JSON, always the same. Gives its address. */
export async function startAnswering(place: Place): Promise<string> {
  const dir = place.testdir()
  const [port = 0] = await freePorts(1)
  const items = Array.from({ length: 12 }, (_, id) => ({ id, sku: `SKU-${1000 + id}`, title: 'A thing to be had', price: 1999, currency: 'EUR' }))
  const server = `server { listen 127.0.0.1:${port}; default_type application/json; location / { return 200 '${JSON.stringify({ items })}'; } }`
  writeFiles(dir, { 'proxy.conf': nginxConfig(dir, server) })
  await start(place, { command: 'nginx', words: nginxWords(dir), port })
  return `http://127.0.0.1:${port}`
}

/** Starts all that take part, each as it would be set up where it has to be quick. Access logs go to files. */
export async function startContenders(place: Place, target: string): Promise<readonly Contender[]> {
  const key = await makeKey('bench')
  const { issuer, says } = await startIssuer(place, [key])
  const token = await sign(key, { issuer, clock: systemClock }, { sub: subject, aud: audience, exp: Date.now() / 1000 + 3600 })
  const authorization = { authorization: `Bearer ${token}` }
  const tokens = { key: await exportSPKI(key.publicKey), issuer, audience }
  return Promise.all([
    sluice(place, 'Sluice, no policies', bareRoute(target), {}),
    sluice(place, 'Sluice, all policies', guardedRoute(target, issuer, says.jwksUri), authorization),
    node(place, 'the transfer alone', [transfer, target], {}),
    fastify(place, '@fastify/http-proxy', { target }, {}),
    fastify(place, 'the Fastify stack', { target, tokens }, authorization),
    nginx(place, target),
    haproxy(place, target),
  ])
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

async function sluice(place: Place, name: string, config: string, headers: Contender['headers']): Promise<Contender> {
  const dir = place.testdir()
  const [port = 0] = await freePorts(1)
  writeFiles(dir, { 'routes/gateway.yaml': `listeners: { public: { host: 127.0.0.1, port: ${port} } }\n${config}` })
  return contender(place, name, { command: process.execPath, words: [bin, 'start', dir], port, output: logFile(dir) }, headers)
}

async function fastify(place: Place, name: string, told: Omit<FastifyWords, 'port'>, headers: Contender['headers']): Promise<Contender> {
  const [port = 0] = await freePorts(1)
  const words = [fastifyProxy, JSON.stringify({ ...told, port } satisfies FastifyWords)]
  return contender(place, name, { command: process.execPath, words, port, output: logFile(place.testdir()) }, headers)
}

/** A program of this folder, which takes its port last. */
async function node(place: Place, name: string, words: readonly string[], headers: Contender['headers']): Promise<Contender> {
  const [port = 0] = await freePorts(1)
  return contender(place, name, { command: process.execPath, words: [...words, String(port)], port }, headers)
}

async function nginx(place: Place, target: string): Promise<Contender> {
  const dir = place.testdir()
  const [port = 0] = await freePorts(1)
  writeFiles(dir, {
    'proxy.conf': nginxConfig(dir, `
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
  }`),
  })
  return contender(place, 'nginx', { command: 'nginx', words: nginxWords(dir), port }, {})
}

async function haproxy(place: Place, target: string): Promise<Contender> {
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
  return contender(place, 'HAProxy', { command: 'haproxy', words: ['-db', '-f', join(dir, 'proxy.conf')], port }, {})
}

async function contender(place: Place, name: string, program: Program, headers: Contender['headers']): Promise<Contender> {
  return { name, pid: await start(place, program), url: `http://127.0.0.1:${program.port}`, headers }
}

async function start(place: Place, program: Program): Promise<number> {
  const child = await startProgram(place, program)
  if (child?.pid === undefined) throw new Error(`${program.command} is not installed`)
  return child.pid
}

function logFile(dir: string): number {
  return openSync(join(dir, 'log'), 'w')
}
