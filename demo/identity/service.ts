import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { createApp, logToStdout, type Log } from '../service/app.ts'
import { ServiceError } from '../service/errors.ts'
import { createProvider } from './provider.ts'
import { openIdentityStore } from './store.ts'

export interface IdentityService {
  app: FastifyInstance
  /** Opens the provider; its issuer is the service's own address unless ISSUER says another. */
  openProvider: (address: string) => void
}

export function createIdentityService(log: Log = logToStdout): IdentityService {
  const app = createApp('identity', log)
  const store = openIdentityStore()
  let answer: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined
  app.register((provider, _options, done) => {
    // The provider reads bodies itself.
    provider.removeAllContentTypeParsers()
    provider.addContentTypeParser('*', (_request, _body, parsed) => parsed(null))
    provider.all('/*', async (request, reply) => {
      if (answer === undefined) throw new ServiceError(503, 'starting', 'the service is starting')
      reply.hijack()
      await answer(request.raw, reply.raw)
    })
    done()
  })
  return {
    app,
    openProvider: (address) => { answer = createProvider(process.env['ISSUER'] ?? address, store).callback() },
  }
}
