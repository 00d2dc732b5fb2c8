import fastify from 'fastify'
import { execute, parse, validate, type DocumentNode } from 'graphql'
import { createSchema } from 'graphql-yoga'
import { contextOf, resolvers, typeDefs } from './schema.ts'
import { buildGet } from './transport.ts'
import { readWords } from './words.ts'

const { port, target, batched } = readWords()
const get = buildGet(target)
const schema = createSchema({ typeDefs, resolvers })
const documents = new Map<string, DocumentNode>()

function documentOf(text: string): DocumentNode {
  const known = documents.get(text)
  if (known !== undefined) return known
  const document = parse(text)
  const [error] = validate(schema, document)
  if (error !== undefined) throw error
  documents.set(text, document)
  return document
}

const app = fastify()
app.post<{ Body: { query: string } }>('/graphql', async (request, reply) => {
  const result = await execute({ schema, document: documentOf(request.body.query), contextValue: contextOf(get, batched) })
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(result))
})
await app.listen({ host: '127.0.0.1', port })
