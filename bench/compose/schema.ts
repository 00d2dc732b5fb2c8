import DataLoader from 'dataloader'
import type { Data } from './data.ts'

/** The schema, as the servers beside Sluice have it. */
export const typeDefs = `
  type Query { posts: [Post!]!  greet: String! }
  type Post { id: ID!  userId: ID!  title: String!  user: User }
  type User { id: ID!  name: String!  email: String! }
`

type Post = Data['posts'][number]
type User = Data['users'][number]

export type Get = (path: string) => Promise<unknown>

/** What resolvers share in a request. */
export interface Context {
  readonly get: Get
  readonly users: DataLoader<number, User | null>
}

/** Gets JSON as most people do. */
export function fetchFrom(target: string): Get {
  return async (path) => {
    const response = await fetch(target + path)
    if (!response.ok) throw new Error(`the service answered ${response.status}`)
    return response.json()
  }
}

/** A request's context, whose loader asks for all users at once or for each by itself. */
export function contextOf(get: Get, batched: boolean): Context {
  return { get, users: new DataLoader((ids: readonly number[]) => loadUsers(get, ids, batched)) }
}

/** The users with these ids, in their order. */
export async function loadUsers(get: Get, ids: readonly number[], batched: boolean): Promise<(User | null)[]> {
  if (!batched) return Promise.all(ids.map(async (id) => await get(`/users/${id}`) as User))
  const users = await get(`/users?${ids.map((id) => `id=${id}`).join('&')}`) as User[]
  const byId = new Map(users.map((user) => [user.id, user]))
  return ids.map((id) => byId.get(id) ?? null)
}

export const queryResolvers = {
  posts: (_root: unknown, _arguments: unknown, { get }: Pick<Context, 'get'>) => get('/posts'),
  greet: (_root: unknown, _arguments: unknown, { get }: Pick<Context, 'get'>) => get('/greet'),
}

export const resolvers = {
  Query: queryResolvers,
  Post: { user: ({ userId }: Post, _arguments: unknown, { users }: Context) => users.load(userId) },
}
