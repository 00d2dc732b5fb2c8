import { SluiceError } from '../../../src/errors.ts'
import type { CallRecord } from '../../../src/exchange.ts'
import type { ConcurrencySettings } from '../../../src/config/schema.ts'
import { Limiter } from '../../../src/services/limit/limiter.ts'
import { withConcurrency } from '../../../src/services/limit/concurrency.ts'
import type { Dispatch, Flow, Sink } from '../../../src/services/service.ts'
import { Metrics } from '../../../src/telemetry/metrics.ts'
import { TestClock } from '../../clock.ts'
import { callContext } from '../context.ts'

export const settingsOf = (more: Partial<ConcurrencySettings> = {}): ConcurrencySettings =>
  ({ max: 256, queue: 128, adaptive: false, mode: 'enforce', ...more })

/** How long one piece of work takes: a mean, in ms, and how it varies. */
export type Spread = 'constant' | 'exponential' | 'some are slow'

/** What a service can do at present; tests change it while it runs. */
export interface Capacity {
  workers: number
  ms: number
  spread: Spread
}

const flow: Flow = { pause: () => undefined, resume: () => undefined, stop: () => undefined }

/** Numbers from 0 to 1 that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return (state + 0.5) / 4_294_967_296
  }
}

/** A service whose workers take one call after the other, in the order of their arrival. */
export function simulatedService(capacity: Capacity, clock: TestClock, random: () => number) {
  const waiting: Sink[] = []
  let busy = 0
  const duration = () => {
    if (capacity.spread === 'constant') return capacity.ms * (0.95 + 0.1 * random())
    if (capacity.spread === 'exponential') return -Math.log(random()) * capacity.ms
    return random() < 0.9 ? capacity.ms * 0.5 : capacity.ms * 5.5
  }
  const work = () => {
    while (busy < capacity.workers && waiting.length > 0) {
      const sink = waiting.shift()
      busy += 1
      clock.after(duration(), () => {
        busy -= 1
        work()
        sink?.head({ status: 200, headers: {} }, flow)
        sink?.end()
      })
    }
  }
  const dispatch: Dispatch = (_call, _context, sink) => {
    waiting.push(sink)
    work()
  }
  return { dispatch, work }
}

/** Ends calls that take longer than `ms`, as attempt timeouts do. */
export function timingOut(next: Dispatch, ms: number, clock: TestClock): Dispatch {
  return (call, context, sink) => {
    let over = false
    const once = (act: () => void) => {
      if (over) return
      over = true
      stop()
      act()
    }
    const late = new SluiceError('SERVICE_TIMEOUT', 'Late.')
    const stop = clock.after(ms, () => once(() => sink.fail({ error: late, reached: 'sent' })))
    next(call, context, {
      head: (head) => once(() => {
        sink.head(head, flow)
        sink.end()
      }),
      data: () => undefined,
      end: () => undefined,
      fail: (failure) => once(() => sink.fail(failure)),
    })
  }
}

export interface Seen {
  /** Answered calls, as a share of what the service can answer. */
  goodput: number
  /** Time to the answer of those answered, in ms: the 99th of a hundred. */
  p99: number
}

/** A service behind a limiter, and clients that call it whether it answers or not. */
export function simulate(settings: ConcurrencySettings, capacity: Capacity, timeout?: number) {
  const clock = new TestClock()
  const random = seeded(7)
  const { dispatch, work } = simulatedService(capacity, clock, random)
  const limiter = new Limiter('simulated', settings, { clock, metrics: new Metrics().services })
  const limited = withConcurrency(timeout === undefined ? dispatch : timingOut(dispatch, timeout, clock), limiter)

  /** Lets `rate` calls a second come for `ms`. */
  function offer(rate: number, ms: number): Seen {
    const times: number[] = []
    const until = clock.elapsed() + ms
    const arrive = () => {
      if (clock.elapsed() >= until) return
      const began = clock.elapsed()
      limited({ method: 'GET', path: '/', headers: {}, body: null }, callContext(), {
        head: () => void times.push(clock.elapsed() - began),
        data: () => undefined,
        end: () => undefined,
        fail: () => undefined,
      })
      clock.after((-Math.log(random()) * 1000) / rate, arrive)
    }
    arrive()
    clock.advance(ms)
    times.sort((a, b) => a - b)
    const possible = (capacity.workers / capacity.ms) * ms
    return { goodput: times.length / possible, p99: times[Math.floor(times.length * 0.99)] ?? 0 }
  }

  function change(more: Partial<Capacity>): void {
    Object.assign(capacity, more)
    work()
  }

  return { clock, limiter, offer, change }
}

export function factsOf(): CallRecord {
  return {
    service: 's', method: 'GET', status: null, code: null, ms: 0, reached: null, attempts: 0, hedged: false, target: null, group: null,
    breaker: null, queuedMs: 0, fallback: null, shadow: [],
  }
}
