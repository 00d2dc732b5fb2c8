import { Metrics } from '../../../src/telemetry/metrics.ts'
import type { FallbackSettings } from '../../../src/config/schema.ts'
import { SluiceError, type ErrorCode } from '../../../src/errors.ts'
import type { CallRecord } from '../../../src/exchange.ts'
import { withFallback } from '../../../src/services/fallback/fallback.ts'
import { LastGood } from '../../../src/services/fallback/last-good.ts'
import { factsOf } from '../../../src/services/record.ts'
import type { Call, CallContext, CallHead, Reached, Service, Sink } from '../../../src/services/service.ts'
import { TestClock } from '../../clock.ts'
import { callContext } from '../context.ts'

export const get: Call = { method: 'GET', path: '/things?x=1', headers: { accept: '*/*' }, body: null }
export const flow = { pause: () => undefined, resume: () => undefined, stop: () => undefined }

/** What a service says: JSON or text with 200 unless it says otherwise. */
export interface Said {
  status?: number
  headers?: CallHead['headers']
  body?: string
  fail?: ErrorCode
  /** Breaks off after the body. */
  cut?: boolean
}

/** How a call ended for its client. */
export interface Got {
  status: number | undefined
  headers: CallHead['headers']
  fallback: CallHead['fallback']
  body: string
  /** `whole`, or the error's code. */
  end: string
  facts: CallRecord
}

export function say(sink: Sink, { status = 200, headers = {}, body = '', fail, cut }: Said, reached: Reached = 'sent'): void {
  if (fail !== undefined) return sink.fail({ error: new SluiceError(fail, 'x'), reached })
  sink.head({ status, headers }, flow)
  if (body !== '') sink.data(Buffer.from(body))
  if (cut === true) sink.fail({ error: new SluiceError('SERVICE_RESET', 'x'), reached: 'answered' })
  else sink.end()
}

/** A service in this process that says what the test wants, and tells what it was asked. */
export function serviceOf(name: string, answer: (call: Call, context: CallContext) => Said) {
  const asked: { call: Call; context: CallContext }[] = []
  const service: Service = {
    name,
    dispatch: (call, context, sink) => {
      asked.push({ call, context })
      say(sink, answer(call, context))
    },
    allows: () => undefined,
  }
  return { service, asked }
}

/** A service with a fallback, whose answer is `said`; others are found by name. */
export function start(settings: FallbackSettings, others: Record<string, Service> = {}) {
  const clock = new TestClock()
  const metrics = new Metrics()
  const good = settings.stale === undefined ? null : new LastGood(settings.stale, clock)
  let said: Said | ((sink: Sink, context: CallContext) => void) = {}
  const dispatch = withFallback(
    (_call, context, sink) => (typeof said === 'function' ? said(sink, context) : say(sink, said)),
    settings, { service: 'shop', lookup: (name) => others[name], good, metrics },
  )
  /** Everything that reaches the client, as it is now; it may not have ended. */
  function ask(call: Call = get, context: Partial<CallContext> = {}): Got {
    const facts = factsOf('shop', call.method)
    const got: Got = { status: undefined, headers: {}, fallback: undefined, body: '', end: '', facts }
    dispatch(call, callContext({ facts, ...context }), {
      head: ({ status, headers, fallback }) => Object.assign(got, { status, headers, fallback }),
      data: (chunk) => (got.body += chunk.toString()),
      end: () => (got.end += 'whole'),
      fail: ({ error }) => (got.end += error.code),
    })
    return got
  }
  return {
    ask, clock,
    says: (next: typeof said) => (said = next),
    counted: async () => (await metrics.services.fallbacks.get()).values.map(({ labels, value }) => [labels.service, labels.kind, value]),
  }
}
