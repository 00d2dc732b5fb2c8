import httpProxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'

/** What bench/contenders.ts tells this program: where to listen, before what, and which tokens count, if any has to. */
export interface FastifyWords {
  port: number
  target: string
  tokens?: { key: string; issuer: string; audience: string }
}

/** What an experienced user of Fastify would put before a service for the same policies that Sluice has. */
async function guard(app: FastifyInstance, { key, issuer, audience }: NonNullable<FastifyWords['tokens']>): Promise<void> {
  await app.register(jwt, {
    secret: { public: key, private: '' },
    verify: { algorithms: ['RS256'], allowedIss: issuer, allowedAud: audience, cache: true },
  })
  app.addHook('onRequest', async (request) => {
    await request.jwtVerify()
  })
  await app.register(rateLimit, {
    max: 1_000_000_000,
    timeWindow: '1 minute',
    hook: 'preHandler',
    keyGenerator: ({ user }: FastifyRequest) => (typeof user === 'object' && 'sub' in user ? String(user.sub) : ''),
  })
}

const { port, target, tokens } = JSON.parse(process.argv[2] ?? '') as FastifyWords
const app = fastify({ logger: tokens !== undefined })
if (tokens !== undefined) await guard(app, tokens)
await app.register(httpProxy, { upstream: target })
await app.listen({ host: '127.0.0.1', port })
