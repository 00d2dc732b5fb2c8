import { Type } from 'typebox'
import type { Clock } from '../src/clock.ts'
import { reservedInRequests } from '../src/config/check-headers.ts'
import { Duration, Integer, Share } from '../src/config/units.ts'
import { SluiceError } from '../src/errors.ts'
import type { Exchange } from '../src/exchange.ts'
import { definePolicy, type PolicyProblem } from '../src/policy.ts'

const share = Share({ description: 'Share of the requests that it hits.', default: '100%' })

export const fault = definePolicy({
  name: 'fault',
  key: 'fault',
  // A fault that is only thought of tests nothing.
  shadow: false,
  config: Type.Object(
    {
      delay: Type.Optional(
        Type.Object(
          { for: Duration({ minimum: 1, maximum: 24 * 86_400_000, description: 'How long requests are held back.' }), share },
          { additionalProperties: false, description: 'Holds requests back.' },
        ),
      ),
      abort: Type.Optional(
        Type.Object(
          { status: Integer({ minimum: 400, maximum: 599, description: 'The status.', default: 503 }), share },
          { additionalProperties: false, description: 'Answers requests with an error, after their delay if they have one.' },
        ),
      ),
      header: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z0-9-]+$',
          expects: 'a header name of letters, digits and "-"',
          description: 'Only requests with this header, whatever its value, are touched. The service does not see it.',
        }),
      ),
    },
    {
      additionalProperties: false,
      description: 'Injects faults in the place of the service, to try out how clients bear them. It comes last: what another policy refuses is not touched.',
    },
  ),
  check({ header }, { name }, config): PolicyProblem[] {
    if (header === undefined || !reservedInRequests(config, name)(header.toLowerCase())) return []
    const message = `${header} is not for clients to choose; take a header of its own`
    return [{ pointer: '/header', message }]
  },
  apply(route, settings, { clock, metrics, random }) {
    const { delay, abort, header } = settings ?? {}
    if (delay === undefined && abort === undefined) return undefined
    const touches = compileHeader(header?.toLowerCase())
    const hit = (kind: 'delay' | 'abort') => metrics.faults.inc({ route: route.name, kind })
    const refuse = () => {
      if (abort === undefined || random() >= abort.share) return undefined
      hit('abort')
      const { status } = abort
      return new SluiceError('FAULT_INJECTED', 'This route is set to fail on purpose.', { status })
    }
    return {
      request(exchange) {
        if (!touches(exchange)) return undefined
        if (delay === undefined || random() >= delay.share) return refuse()
        hit('delay')
        return wait(clock, delay.for, exchange.signal).then(refuse)
      },
    }
  },
})

/** Whether a request is to be touched. The header has then done its work. */
function compileHeader(name: string | undefined): (exchange: Exchange) => boolean {
  if (name === undefined) return () => true
  return ({ headers, outgoing }) => {
    if (headers[name] === undefined) return false
    outgoing[name] = undefined
    return true
  }
}

/** Where the client leaves first it never ends, since nothing is to come after. */
function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', cancel)
      resolve()
    })
    signal.addEventListener('abort', cancel, { once: true })
  })
}
