/** What the backend knows. */
export interface Data {
  readonly posts: readonly { readonly id: number, readonly userId: number, readonly title: string, readonly body: string }[]
  readonly users: readonly { readonly id: number, readonly name: string, readonly email: string, readonly city: string }[]
}

/** A hundred posts by so many users. */
export function dataOf(users: number): Data {
  return {
    posts: Array.from({ length: 100 }, (_, index) => ({
      id: index + 1, userId: index % users + 1, title: `What there is to say, part ${index + 1}`,
      body: 'It was said before, and it will be said again, in other words and by somebody else who has thought of it.',
    })),
    users: Array.from({ length: users }, (_, index) => ({
      id: index + 1, name: `Somebody ${index + 1}`, email: `somebody-${index + 1}@example.com`, city: 'Ghent',
    })),
  }
}

export const greeting = 'hello'

/** Operations by name. */
export const operations = {
  posts: '{ posts { id userId title user { id name email } } }',
  titles: '{ posts { title } }',
  greet: '{ greet }',
} as const

export type OperationName = keyof typeof operations

/** The data that the answer to each operation must have. */
export function expectedOf({ posts, users }: Data): Readonly<Record<OperationName, unknown>> {
  const byId = new Map(users.map(({ id, name, email }) => [id, { id: String(id), name, email }]))
  return {
    posts: { posts: posts.map(({ id, userId, title }) => ({ id: String(id), userId: String(userId), title, user: byId.get(userId) })) },
    titles: { posts: posts.map(({ title }) => ({ title })) },
    greet: { greet: greeting },
  }
}
