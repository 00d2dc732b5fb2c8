import t from 'tap'
import { SluiceError } from '../../src/errors.ts'
import { collect } from '../../src/services/collect.ts'
import type { Dispatch, Flow, Service, Sink } from '../../src/services/service.ts'
import { callContext } from './context.ts'

const call = { method: 'GET', path: '/', headers: {}, body: null }
const flow: Flow = { pause: () => undefined, resume: () => undefined, stop: () => undefined }

function serviceOf(answer: (sink: Sink, signal: AbortSignal) => void): Service {
  const dispatch: Dispatch = (_call, { signal }, sink) => answer(sink, signal)
  return { name: 'shop', dispatch, allows: () => undefined }
}

t.test('collects a whole answer', async (t) => {
  const service = serviceOf((sink) => {
    sink.head({ status: 201, headers: { a: 'b' } }, flow)
    sink.data(Buffer.from('ab'))
    sink.data(Buffer.from('cd'))
    sink.end()
  })
  const { status, headers, body } = await collect(service, call, callContext(), { maxBytes: 4 })
  t.same({ status, headers, body: body.toString() }, { status: 201, headers: { a: 'b' }, body: 'abcd' })
})

t.test('gives up on an answer that is too large', async (t) => {
  const stopped: string[] = []
  const service = serviceOf((sink) => {
    sink.head({ status: 200, headers: {} }, { ...flow, stop: ({ code }) => void stopped.push(code) })
    sink.data(Buffer.alloc(3))
    sink.data(Buffer.alloc(2))
    sink.data(Buffer.alloc(2))
    sink.fail({ error: new SluiceError('CLIENT_GONE', 'Aborted.'), reached: 'answered' })
  })
  await t.rejects(collect(service, call, callContext(), { maxBytes: 4 }), { code: 'SERVICE_ANSWER_INVALID', extensions: { service: 'shop' } })
  t.same(stopped, ['CLIENT_GONE'])
})

t.test('fails with the call, also after the head', async (t) => {
  const error = new SluiceError('SERVICE_RESET', 'The service broke off.')
  const service = serviceOf((sink) => {
    sink.head({ status: 200, headers: {} }, flow)
    sink.data(Buffer.from('half'))
    sink.fail({ error, reached: 'answered' })
  })
  await t.rejects(collect(service, call, callContext(), { maxBytes: 100 }), error)
})

t.test('a client that leaves ends the call', async (t) => {
  const client = new AbortController()
  const service = serviceOf((sink, signal) => {
    signal.addEventListener('abort', () => sink.fail({ error: new SluiceError('CLIENT_GONE', 'Gone.'), reached: 'sent' }))
  })
  const answer = collect(service, call, callContext({ signal: client.signal }), { maxBytes: 100 })
  client.abort()
  await t.rejects(answer, { code: 'CLIENT_GONE' })
  const late = collect(serviceOf((sink, signal) => {
    t.equal(signal.aborted, true)
    sink.fail({ error: new SluiceError('CLIENT_GONE', 'Gone.'), reached: 'not-sent' })
  }), call, callContext({ signal: client.signal }), { maxBytes: 100 })
  await t.rejects(late, { code: 'CLIENT_GONE' })
})
