import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { notFound, ServiceError } from '../service/errors.ts'
import type { UserStore } from './store.ts'

const UserId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const OneUser = Type.Object({ id: UserId })
const ManyUsers = Type.Object({
  ids: Type.Optional(Type.Array(UserId, { maxItems: 100 })),
  first: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
}, { additionalProperties: false })

export function addUserRoutes(app: FastifyInstance, users: UserStore): void {
  app.get<{ Querystring: Static<typeof ManyUsers> }>('/users', { schema: { querystring: ManyUsers } }, (request) => {
    const { ids, first, after } = request.query
    if (ids === undefined) return users.page(first ?? 20, after ?? 0)
    if (first === undefined && after === undefined) return users.findAll(ids)
    throw new ServiceError(400, 'bad_request', 'ids goes with neither first nor after')
  })

  app.get<{ Params: Static<typeof OneUser> }>('/users/:id', { schema: { params: OneUser } }, (request) => {
    const user = users.find(request.params.id)
    if (user === undefined) throw notFound(`user ${request.params.id}`)
    return user
  })
}
