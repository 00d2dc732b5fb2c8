import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import fastify, { type FastifyInstance } from 'fastify'

/**
 * Fastify as the door of whoever injects requests; listeners hand theirs over themselves. Which route takes a request
 * is decided by our own table, since hosts, methods and headers have to be weighed on the path exactly as it is sent
 * on. A request is taken over before Fastify reads its body or has an opinion on its content type.
 */
export function frontDoor(serve: (request: IncomingMessage, response: ServerResponse) => void): FastifyInstance {
  const app = fastify({
    serverFactory: (handler) => createServer(handler),
    frameworkErrors: (_error, request, reply) => {
      reply.hijack()
      serve(request.raw, reply.raw)
    },
  })
  app.addHook('onRequest', (request, reply) => {
    reply.hijack()
    serve(request.raw, reply.raw)
  })
  app.setNotFoundHandler(() => undefined)
  return app
}
