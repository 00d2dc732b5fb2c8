import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { contextOf, fetchFrom, resolvers, typeDefs, type Context } from './schema.ts'
import { readWords } from './words.ts'

const { port, target, batched } = readWords()
const get = fetchFrom(target)
const server = new ApolloServer<Context>({ typeDefs, resolvers })
await startStandaloneServer(server, { listen: { host: '127.0.0.1', port }, context: async () => contextOf(get, batched) })
