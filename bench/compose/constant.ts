import fastify from 'fastify'
import { dataOf, expectedOf } from './data.ts'
import { readWords } from './words.ts'

/** The floor of all that reads a query and answers posts with their users. */
const body = JSON.stringify({ data: expectedOf(dataOf(10)).posts })

const app = fastify()
app.post('/graphql', (_request, reply) => reply.type('application/json; charset=utf-8').send(body))
await app.listen({ host: '127.0.0.1', port: readWords().port })
