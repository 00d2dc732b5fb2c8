import type { Place } from '../../test/gateway.ts'
import { startServer, startSluice, type Started } from '../start.ts'
import type { OperationName } from './data.ts'

/** A server of the schema, in a process of its own. */
export interface Contender extends Started {
  readonly name: string
  readonly asked: readonly OperationName[]
  /** Whether its backend has a hundred users. */
  readonly distinct: boolean
}

/** How Sluice and the others are told what to ask of the backend. */
interface Described {
  readonly name: string
  readonly asked: readonly OperationName[]
  readonly distinct?: boolean
  readonly begin: (place: Place, target: string) => Promise<Started>
}

const all = ['posts', 'titles', 'greet'] as const
const posts = ['posts'] as const

const described: readonly Described[] = [
  { name: 'Sluice, batched', asked: all, begin: sluice(100) },
  { name: 'Sluice, unbatched', asked: posts, begin: sluice(1) },
  { name: 'Sluice, shared', asked: posts, begin: sluice(100, 'share: {}') },
  { name: 'written by hand, batched', asked: all, begin: server('hand-written', true) },
  { name: 'written by hand, unbatched', asked: posts, begin: server('hand-written', false) },
  { name: 'graphql-js, batched', asked: all, begin: server('graphql-js', true) },
  { name: 'graphql-js, unbatched', asked: posts, begin: server('graphql-js', false) },
  { name: 'yoga, batched', asked: all, begin: server('yoga', true) },
  { name: 'yoga, unbatched', asked: posts, begin: server('yoga', false) },
  { name: 'Apollo Server, batched', asked: posts, begin: server('apollo', true) },
  { name: 'Mercurius, batched', asked: posts, begin: server('mercurius', true) },
  { name: 'a constant', asked: posts, begin: server('constant', true) },
  { name: 'Sluice, batched, 100 users', asked: posts, distinct: true, begin: sluice(100) },
  { name: 'Sluice, unbatched, 100 users', asked: posts, distinct: true, begin: sluice(1) },
  { name: 'written by hand, batched, 100 users', asked: posts, distinct: true, begin: server('hand-written', true) },
  { name: 'written by hand, unbatched, 100 users', asked: posts, distinct: true, begin: server('hand-written', false) },
]

/** Starts all that take part, before a backend with ten users or one with a hundred. */
export async function startContenders(place: Place, targets: { few: string, many: string }): Promise<readonly Contender[]> {
  const contenders: Contender[] = []
  for (const { name, asked, distinct = false, begin } of described) {
    contenders.push({ name, asked, distinct, ...await begin(place, distinct ? targets.many : targets.few) })
  }
  return contenders
}

/** Sluice with calls that take so many keys, which is 1 where nothing is batched. It waits, and has room for calls, as the others do. */
function sluice(max: number, more = ''): Described['begin'] {
  return (place, target) => startSluice(place, `
services:
  backend: { targets: [{ url: "${target}" }], timeout: { connect: 10s, attempt: 10s, total: 10s }, concurrency: { max: 10000 }, connections: 512, ${more} }
routes: {}
graphql: { auth: none, accessLog: { lines: none }, operations: { depth: 12, calls: 200, tokens: 2000, aliases: 30 } }
`, { 'schema/posts.graphql': schemaOf(max) })
}

const schemaOf = (max: number) => `
type Query {
  posts: [Post!]! @public @list(max: 100) @rest(service: "backend", get: "/posts")
  users(id: [ID!]!): [User] @public @internal @batch(arg: "id", key: "id", max: ${max}) @rest(service: "backend", get: "/users{?id*}")
  greet: String! @public @rest(service: "backend", get: "/greet")
}
type Post { id: ID!  userId: ID!  title: String!  user: User @public @lookup(key: "{parent.userId}") }
type User @entity(key: "id", query: "users") { id: ID!  name: String!  email: String! }
`

function server(name: string, batched: boolean): Described['begin'] {
  return (place, target) => startServer(place, new URL(`${name}.ts`, import.meta.url), { target, batched })
}
