import { PassThrough, Readable } from 'node:stream'
import t from 'tap'
import { SluiceError } from '../../src/errors.ts'
import type { Call, CallContext } from '../../src/services/service.ts'
import { withWholeBody } from '../../src/services/whole-body.ts'
import { callContext } from './context.ts'

/** What goes on of a call with this body, once something does. */
function send(body: Readable, length: string | undefined, more: Partial<CallContext> = {}) {
  return new Promise<Call['body'] | SluiceError>((resolve) => {
    const call = { method: 'PUT', path: '/', headers: { 'content-length': length }, body }
    const sink = { head: () => undefined, data: () => undefined, end: () => undefined, fail: ({ error }: { error: SluiceError }) => resolve(error) }
    withWholeBody(({ body }) => resolve(body), 10)(call, callContext(more), sink)
  })
}

t.test('a small body is held until it has come whole', async (t) => {
  const body = new PassThrough()
  const sent = send(body, '10')
  body.write('hello')
  body.end('world')
  t.same(await sent, Buffer.from('helloworld'))
})

t.test('a larger one, and one whose length nobody knows, go on as they are', async (t) => {
  const large = Readable.from(['x'])
  t.equal(await send(large, '11'), large)
  const unknown = Readable.from(['x'])
  t.equal(await send(unknown, undefined), unknown)
})

t.test('a body that breaks off, and a client that leaves, make no call', async (t) => {
  const broken = new PassThrough()
  const failed = send(broken, '5')
  broken.destroy(new SluiceError('BODY_TOO_LARGE', 'x'))
  t.match(await failed, { code: 'BODY_TOO_LARGE' })
  const closed = new PassThrough()
  const gone = send(closed, '5')
  closed.destroy()
  t.match(await gone, { code: 'CLIENT_GONE' })
  const abort = new AbortController()
  const left = send(new PassThrough(), '5', { signal: abort.signal })
  abort.abort(new SluiceError('CLIENT_GONE', 'Left.'))
  t.match(await left, { code: 'CLIENT_GONE' })
})
