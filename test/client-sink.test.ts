import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Transform } from 'node:stream'
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { buildGateway } from '../src/gateway.ts'
import { definePolicy, type AnyPolicy, type PolicySteps } from '../src/policy.ts'
import { partsOf } from './plugins/exchange.ts'
import { ask, bytesOf } from './routes/ask.ts'

const policy = (name: string, steps: PolicySteps) => definePolicy({ name, key: name, config: Type.Object({}), apply: () => steps })

/** Serves one fixed answer of three bytes through these policies. */
async function serve(t: Test, policies: readonly AnyPolicy[]) {
  const routes = { r: { match: { path: '/a' }, respond: { headers: {}, body: 'abc' }, policies: {} } }
  const { parts, close } = partsOf({ routes })
  const gateway = await buildGateway({ parts, policies, endpoint: null, release: close })
  t.teardown(() => gateway.close())
  const server = createServer((request, response) => gateway.app.routing(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a`
}

/** Wraps each piece in a letter. */
const wrapping = (letter: string) => new Transform({
  transform: (chunk: Buffer, _encoding, done) => done(null, `${letter}${chunk.toString()}${letter}`),
})

t.test('a body goes through the streams of the policies in reverse, when every answer step has run', async (t) => {
  const order: string[] = []
  let bytes = 0
  const step = (letter: string): PolicySteps => ({
    answer: (_exchange, { headers }) => {
      order.push(`answer ${letter}`)
      headers['content-length'] = undefined
    },
    body: () => {
      order.push(`body ${letter}`)
      return wrapping(letter)
    },
  })
  const url = await serve(t, [
    policy('log', { done: ({ record }) => void (bytes = record.bytes) }), policy('x', step('x')), policy('none', { body: () => undefined }), policy('y', step('y')),
  ])
  t.equal((await bytesOf(await ask(url))).toString(), 'xyabcyx')
  t.same(order, ['answer y', 'answer x', 'body y', 'body x'])
  t.equal(bytes, 7, 'what was sent is counted')
})

t.test('a policy may say in the head what it makes of the body', async (t) => {
  const url = await serve(t, [policy('x', {
    body: (_exchange, { headers }) => {
      headers['content-length'] = '5'
      headers['x-body'] = 'wrapped'
      return wrapping('x')
    },
  })])
  const response = await ask(url)
  t.match(response.headers, { 'content-length': '5', 'x-body': 'wrapped' })
  t.equal((await bytesOf(response)).toString(), 'xabcx')
})

t.test('a stream that fails cuts the answer', async (t) => {
  const failing = () => new Transform({
    transform(chunk: Buffer, _encoding, done) {
      this.push(chunk)
      setImmediate(() => done(new Error('broken')))
    },
  })
  const url = await serve(t, [policy('x', {
    answer: (_exchange, { headers }) => void (headers['content-length'] = undefined),
    body: failing,
  })])
  await t.rejects(ask(url).then(bytesOf), { code: 'ECONNRESET' })
})
