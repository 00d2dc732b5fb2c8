import { SluiceError } from '../../../src/errors.ts'
import type { CallContext, Flow, Sending, Sink, Transport } from '../../../src/services/service.ts'
import { TargetPool, type Pick, type PoolParts, type PoolSettings } from '../../../src/services/targets/pool.ts'
import type { Endpoint, Target } from '../../../src/services/targets/target.ts'
import { Metrics } from '../../../src/telemetry/metrics.ts'
import { TestClock } from '../../clock.ts'
import { callContext } from '../context.ts'
import { seeded } from '../seeded.ts'

/** What the config says where it says nothing. */
const usual: PoolSettings = {
  balance: 'round-robin',
  slowStart: 10_000,
  panic: 0.5,
  outlier: { failures: 5, ejectFor: 10_000, most: 0.5 },
  breaker: { window: 10_000, minimum: 4, failures: 0.5, statuses: [500, 502, 503, 504], openFor: 5000, trials: 1, mode: 'enforce' },
}

export const call = { method: 'GET', path: '/', headers: {}, body: null }
export const flow: Flow = { pause: () => undefined, resume: () => undefined, stop: () => undefined }

/** A call that nobody answers, and that nobody gives up. */
export const sending: Sending = { cancel: () => undefined }

const hang: Transport = () => sending

/** Endpoints on hosts of these names, with what is said of one. */
export function endpoints(...places: (string | [host: string, more: Partial<Endpoint>])[]): Endpoint[] {
  return places.map((place) => {
    const [host, more] = typeof place === 'string' ? [place, {}] : place
    return { url: `http://${host}`, weight: 1, priority: 0, ...more }
  })
}

/** A pool over transports that do what `answer` says, with a record of those that were opened and let go. */
export function openPool(settings: Partial<PoolSettings> = {}, more: Partial<PoolParts> & { answer?: Transport } = {}) {
  const { answer = hang, ...parts } = more
  const clock = new TestClock()
  const metrics = new Metrics()
  const opened: string[] = []
  const released: string[] = []
  const pool = new TargetPool({
    service: 'shop',
    settings: { ...usual, ...settings },
    open: ({ url }) => {
      opened.push(url)
      return { value: { url, send: answer, close: async () => undefined }, release: () => void released.push(url) }
    },
    clock,
    random: seeded(),
    metrics: metrics.services,
    ...parts,
  })

  const pick = (context: Partial<CallContext> = {}, ...tried: Target[]) => pool.pick(call, callContext(context), new Set(tried))
  return {
    pool,
    clock,
    metrics,
    opened,
    released,
    pick,
    /** As `pick`, where it has to give a target. */
    take: (context: Partial<CallContext> = {}, ...tried: Target[]): Pick => {
      const picked = pick(context, ...tried)
      if (picked instanceof SluiceError) throw picked
      return picked
    },
    /** The value of a counter or gauge of services, with exactly these labels beside the service. */
    count: async (name: keyof Metrics['services'], labels: Record<string, string> = {}) => {
      const { values } = await metrics.services[name].get()
      const wanted: Record<string, string | number> = { service: 'shop', ...labels }
      const fits = (value: { labels: Record<string, string | number> }) => Object.keys(wanted).every((key) => value.labels[key] === wanted[key])
      return values.find(fits)?.value ?? 0
    },
  }
}

export type OpenPool = ReturnType<typeof openPool>

/** How often each host takes one of so many calls, none of which is in flight for the next. */
export function tally({ take }: OpenPool, calls: number, context: Partial<CallContext> = {}): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let made = 0; made < calls; made++) {
    const { target, permit } = take(context)
    permit.succeed(1)
    const { host } = new URL(target.endpoint.url)
    counts[host] = (counts[host] ?? 0) + 1
  }
  return counts
}

/** Fails as many calls to a target as open its breaker. */
export function breakOpen(target: Target): void {
  for (let failed = 0; failed < usual.breaker.minimum; failed++) target.breaker.enter()?.fail()
}

/** Answers with a status and a body, at once. */
export function answerWith(sink: Sink, status: number, body = ''): void {
  sink.head({ status, headers: {} }, flow)
  if (body !== '') sink.data(Buffer.from(body))
  sink.end()
}
