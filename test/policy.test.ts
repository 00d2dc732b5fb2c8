import t from 'tap'
import { pino } from 'pino'
import { SluiceError, type Answer } from '../src/errors.ts'
import type { Exchange } from '../src/exchange.ts'
import { compileRunner, type CompiledStep, type PolicySteps } from '../src/policy.ts'

const silent = pino({ level: 'silent' })

function newExchange(): Exchange {
  return { id: 'x', reached: 0, record: { shadow: [] } } as unknown as Exchange
}

function run(steps: CompiledStep[]) {
  const exchange = newExchange()
  const log: string[] = []
  let over: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (over = resolve))
  const end = (word: string) => {
    log.push(word)
    over()
  }
  const ending = {
    answer: (_exchange: Exchange, answer: Answer | SluiceError) => end(answer instanceof SluiceError ? answer.code : String(answer.status)),
    arrive: () => end('arrived'),
    abandon: () => end('abandoned'),
  }
  compileRunner(steps, ending, silent)(exchange)
  log.push('returned')
  return { exchange, log, ended }
}

const step = (request: PolicySteps['request'], mode: CompiledStep['mode'] = 'enforce'): CompiledStep =>
  ({ policy: 'p', mode, steps: request === undefined ? {} : { request } })
const denied = new SluiceError('FORBIDDEN', 'No.')

t.test('without waiting steps the whole run is one synchronous pass, in list order', async (t) => {
  const order: number[] = []
  const { log, exchange } = run([step(() => void order.push(1)), step(undefined), step(() => void order.push(2))])
  t.same(order, [1, 2])
  t.same(log, ['arrived', 'returned'])
  t.equal(exchange.reached, 3)
})

t.test('a step that waits resumes the pass', async (t) => {
  const { log, ended } = run([step(async () => undefined), step(() => undefined)])
  t.same(log, ['returned'])
  await ended
  t.same(log, ['returned', 'arrived'])
})

for (const [name, stop] of Object.entries({
  'an error': () => denied,
  'a promised error': async () => denied,
  'a thrown error': () => {
    throw denied
  },
  'a rejection': () => Promise.reject(denied),
})) {
  t.test(`${name} stops the pass and answers`, async (t) => {
    const { log, ended, exchange } = run([step(stop), step(() => void t.fail('not reached'))])
    await ended
    t.equal(log.find((word) => word !== 'returned'), 'FORBIDDEN')
    t.equal(exchange.reached, 1)
  })

  t.test(`${name} in shadow mode is noted and lets pass`, async (t) => {
    const { log, ended, exchange } = run([step(stop, 'shadow'), step(() => undefined)])
    await ended
    t.ok(log.includes('arrived'))
    t.same(exchange.record.shadow, [{ policy: 'p', code: 'FORBIDDEN' }])
  })
}

t.test('an answer stops the pass as an error does', async (t) => {
  const { log } = run([step(() => ({ status: 204, headers: {}, body: '' }))])
  t.same(log, ['204', 'returned'])
})

t.test('what is thrown by mistake is an INTERNAL answer, and in shadow it is logged alone', async (t) => {
  const broken = () => {
    throw new TypeError('secret detail')
  }
  t.same(run([step(broken)]).log, ['INTERNAL', 'returned'])
  t.same(run([step(broken, 'shadow')]).log, ['arrived', 'returned'])
  const { log, ended } = run([step(async () => broken())])
  await ended
  t.same(log, ['returned', 'INTERNAL'])
})

for (const [name, request] of Object.entries({ 'at once': () => denied, 'after a wait': async () => denied })) {
  t.test(`an answer that cannot be written ends the exchange, ${name}, and nothing else`, async (t) => {
    const abandoned = new Promise<void>((resolve) => {
      const ending = {
        answer: () => {
          throw new Error('an answer step failed')
        },
        arrive: () => t.fail('not reached'),
        abandon: () => resolve(),
      }
      compileRunner([step(request)], ending, silent)(newExchange())
    })
    await abandoned
  })
}
