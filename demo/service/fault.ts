import type { FastifyInstance } from 'fastify'

/** How a service misbehaves: all of it holds for a share of the requests. */
interface Fault {
  /** Answers with this status and does nothing else. */
  status?: number
  /** Waits so long before it answers, in ms. */
  delay?: number
  /** Breaks the connection without an answer. */
  reset?: boolean
  share: number
}

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    status: { type: 'integer', minimum: 400, maximum: 599 },
    delay: { type: 'integer', minimum: 0, maximum: 60_000 },
    reset: { type: 'boolean' },
    share: { type: 'number', minimum: 0, maximum: 1, default: 1 },
  },
}

/**
 * A switch to make the service misbehave while it runs, so that one can watch what the gateway makes of it:
 * `PUT /fault` sets how, `DELETE /fault` ends it. The health check and the switch itself are spared.
 */
export function addFaultSwitch(app: FastifyInstance): void {
  let fault: Fault | undefined
  app.addHook('onRequest', async (request, reply) => {
    const spared = request.routeOptions.url === '/fault' || request.routeOptions.url === '/health'
    if (spared || fault === undefined || Math.random() >= fault.share) return
    const { delay = 0, status, reset } = fault
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    if (reset === true) {
      request.raw.destroy()
      return reply.hijack()
    }
    if (status !== undefined) return reply.code(status).send({ error: { code: 'fault', message: 'this service was told to fail' } })
  })
  app.register((own, _options, done) => {
    own.put<{ Body: Fault }>('/fault', { schema: { body: schema } }, (request, reply) => {
      fault = request.body
      return reply.code(204).send()
    })
    own.delete('/fault', (_request, reply) => {
      fault = undefined
      return reply.code(204).send()
    })
    done()
  })
}
