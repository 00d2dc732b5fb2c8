import type { FastifyInstance } from 'fastify'
import { createApp, logToStdout, serveDescription, type Log } from '../service/app.ts'
import { addProductRoutes } from './routes.ts'
import { openProductStore } from './store.ts'

export function createCatalogService(log: Log = logToStdout): FastifyInstance {
  const app = createApp('catalog', log)
  app.register((routes, _options, done) => {
    serveDescription(routes, new URL('openapi.yaml', import.meta.url))
    addProductRoutes(routes, openProductStore())
    done()
  })
  return app
}
