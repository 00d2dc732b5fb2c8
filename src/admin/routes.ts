import { createHash, timingSafeEqual } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance } from 'fastify'
import { SluiceError, toProblem, type Answer } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { Server } from '../server.ts'

/** Paths that load balancers ask without a token. */
const open = new Set(['/healthz', '/readyz'])
/** Wrong admin tokens that one address may send a minute. */
const wrongTokens = 10

/** What operators and their tools see, on a listener apart from client traffic; the token is asked for anew each time. */
export async function adminRoutes(server: Server, { metrics }: Runtime, token: () => string | undefined): Promise<FastifyInstance> {
  const app = fastify({ exposeHeadRoutes: true })
  await guard(app, token)
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', (_request, reply) => reply.code(server.ready ? 200 : 503).send({ status: server.ready ? 'ready' : 'draining' }))
  app.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()))
  app.setNotFoundHandler((request, reply) =>
    give(reply, toProblem(new SluiceError('ROUTE_NOT_FOUND', 'The admin listener has /healthz, /readyz and /metrics.'), request.id)))
  return app
}

/** Asks for the token; an address that keeps guessing is not even listened to for a while. */
async function guard(app: FastifyInstance, token: () => string | undefined): Promise<void> {
  await app.register(rateLimit, { global: false })
  const limit = app.createRateLimit({ max: wrongTokens, timeWindow: '1 minute' })
  app.addHook('onRequest', async (request, reply) => {
    const wanted = token()
    if (wanted === undefined || open.has(request.url) || carries(request.headers.authorization, wanted)) return
    const guesses = await limit(request)
    const spent = !guesses.isAllowed && guesses.isExceeded
    const error = spent
      ? new SluiceError('RATE_LIMITED', 'Too many wrong admin tokens came from this address; wait a minute.')
      : new SluiceError('UNAUTHENTICATED', 'Send the admin token as a bearer token.', { headers: { 'www-authenticate': 'Bearer realm="admin"' } })
    await give(reply, toProblem(error, request.id))
  })
}

interface Reply {
  code(status: number): Reply
  headers(headers: Answer['headers']): Reply
  send(body: Answer['body']): unknown
}

function give(reply: Reply, { status, headers, body }: Answer): unknown {
  return reply.code(status).headers(headers).send(body)
}

/** Compared as digests, so that neither length nor content shows in the time it takes. */
function carries(authorization: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`))
}
