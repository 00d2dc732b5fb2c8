import fastify from 'fastify'
import mercurius from 'mercurius'
import { fetchFrom, loadUsers, queryResolvers, typeDefs, type Get } from './schema.ts'
import { readWords } from './words.ts'

declare module 'mercurius' {
  interface MercuriusContext {
    get: Get
  }
}

const { port, target, batched } = readWords()
const get = fetchFrom(target)
const app = fastify()
await app.register(mercurius, {
  schema: typeDefs,
  resolvers: { Query: queryResolvers },
  loaders: {
    Post: {
      user: async (queries: { obj: { userId: number } }[]) => {
        const ids = [...new Set(queries.map(({ obj }) => obj.userId))]
        const users = new Map((await loadUsers(get, ids, batched)).map((user) => [user?.id, user]))
        return queries.map(({ obj }) => users.get(obj.userId))
      },
    },
  },
  context: () => ({ get }),
  jit: 1,
})
await app.listen({ host: '127.0.0.1', port })
