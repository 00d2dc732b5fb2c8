import fastify from 'fastify'
import { operations, type Data } from './data.ts'
import { buildGet } from './transport.ts'
import { readWords } from './words.ts'

const { port, target, batched } = readWords()
const get = buildGet(target)

type Post = Data['posts'][number]
type User = Data['users'][number]

async function usersOf(posts: readonly Post[]): Promise<User[]> {
  const ids = [...new Set(posts.map(({ userId }) => userId))]
  if (!batched) return Promise.all(ids.map(async (id) => await get(`/users/${id}`) as User))
  return await get(`/users?${ids.map((id) => `id=${id}`).join('&')}`) as User[]
}

async function answerPosts(): Promise<string> {
  const posts = await get('/posts') as Post[]
  const texts = new Map((await usersOf(posts)).map(({ id, name, email }) => {
    return [id, `{"id":"${id}","name":${JSON.stringify(name)},"email":${JSON.stringify(email)}}`]
  }))
  let list = ''
  for (const { id, userId, title } of posts) {
    list += `${list === '' ? '' : ','}{"id":"${id}","userId":"${userId}","title":${JSON.stringify(title)},"user":${texts.get(userId) ?? 'null'}}`
  }
  return `{"data":{"posts":[${list}]}}`
}

async function answerTitles(): Promise<string> {
  const posts = await get('/posts') as Post[]
  return `{"data":{"posts":[${posts.map(({ title }) => `{"title":${JSON.stringify(title)}}`).join(',')}]}}`
}

async function answerGreeting(): Promise<string> {
  return `{"data":{"greet":${JSON.stringify(await get('/greet'))}}}`
}

/** What somebody would write who needs these answers and nothing else, and looks at every microsecond. */
const answers = new Map<string, () => Promise<string>>([[operations.posts, answerPosts], [operations.titles, answerTitles], [operations.greet, answerGreeting]])

const app = fastify()
app.post<{ Body: { query: string } }>('/graphql', async (request, reply) => {
  const answer = answers.get(request.body.query)
  if (answer === undefined) return reply.code(400).send()
  return reply.type('application/json; charset=utf-8').send(await answer())
})
await app.listen({ host: '127.0.0.1', port })
