import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { describeError } from './errors.ts'
import { addFaultSwitch } from './fault.ts'

/** Query and path parameters arrive as text and are read as the type they should have; a body must have it. */
const readsText = new Ajv({ coerceTypes: 'array', useDefaults: true, removeAdditional: false, allErrors: false })
const takesAsIs = new Ajv({ coerceTypes: false, useDefaults: true, removeAdditional: false, allErrors: false })

/** Takes one line of JSON, without its end of line. */
export type Log = (line: string) => void

export const logToStdout: Log = (line) => { process.stdout.write(`${line}\n`) }

/** The frame each service has: health, a fault switch, JSON errors and one log line a request. */
export function createApp(name: string, log: Log): FastifyInstance {
  const app = fastify({ forceCloseConnections: 'idle' })
  app.setValidatorCompiler<object>(({ schema, httpPart }) => {
    return (httpPart === 'body' ? takesAsIs : readsText).compile(schema)
  })
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = describeError(error)
    if (status >= 500) console.error(`${name}:`, error)
    return reply.code(status).send(body)
  })
  app.setNotFoundHandler((request, reply) => {
    const message = `there is no ${request.method} ${request.url}`
    return reply.code(404).send({ error: { code: 'not_found', message } })
  })
  app.addHook('onResponse', (request, reply, done) => {
    if (request.routeOptions.url !== '/health') log(describeRequest(name, request, reply.statusCode))
    done()
  })
  addFaultSwitch(app)
  app.register((health, _options, done) => {
    health.get('/health', () => ({ status: 'ok' }))
    done()
  })
  return app
}

/** Serves the service's own description at GET /openapi.yaml. */
export function serveDescription(app: FastifyInstance, file: URL): void {
  const description = readFileSync(file, 'utf8')
  app.get('/openapi.yaml', (_request, reply) => reply.type('application/yaml').send(description))
}

function describeRequest(service: string, request: FastifyRequest, status: number): string {
  return JSON.stringify({
    service,
    method: request.method,
    url: request.url,
    status,
    user: request.headers['x-user-id'] ?? null,
    request_id: request.headers['x-request-id'] ?? null,
  })
}
