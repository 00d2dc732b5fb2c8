import type { FastifyInstance } from 'fastify'
import { createApp, logToStdout, serveDescription, type Log } from '../service/app.ts'
import { addUserRoutes } from './routes.ts'
import { openUserStore } from './store.ts'

export function createUsersService(log: Log = logToStdout): FastifyInstance {
  const app = createApp('users', log)
  app.register((routes, _options, done) => {
    serveDescription(routes, new URL('openapi.yaml', import.meta.url))
    addUserRoutes(routes, openUserStore())
    done()
  })
  return app
}
