import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import { contextOf, fetchFrom, resolvers, typeDefs, type Context } from './schema.ts'
import { readWords } from './words.ts'

const { port, target, batched } = readWords()
const get = fetchFrom(target)
const yoga = createYoga({ schema: createSchema<Context>({ typeDefs, resolvers }), context: () => contextOf(get, batched) })
createServer((request, response) => void yoga(request, response)).listen(port, '127.0.0.1')
