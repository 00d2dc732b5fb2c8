import type { FastifyInstance } from 'fastify'
import { createApp, logToStdout, serveDescription, type Log } from '../service/app.ts'
import { addOrderRoutes } from './routes.ts'
import { openOrderStore } from './store.ts'

export function createOrdersService(log: Log = logToStdout): FastifyInstance {
  const app = createApp('orders', log)
  app.register((routes, _options, done) => {
    serveDescription(routes, new URL('openapi.yaml', import.meta.url))
    addOrderRoutes(routes, openOrderStore())
    done()
  })
  return app
}
