import { load, type Outcome } from './load.ts'
import type { Scenario, Stage } from './scenario.ts'
import { secret } from './stage.ts'

/** Requests a second that the service can work on. */
const capacity = { workers: 4, ms: 20, rate: 200 }

interface Reading {
  /** Answered requests a second. */
  readonly goodput: number
  readonly p99: number
}

/**
 * A service that is offered five times what it can do, whether or not earlier requests were answered: it goes on
 * doing what it can, and who is let through does not wait for long.
 */
export const overload: Scenario = {
  name: 'five times the capacity is offered',
  async run(stage: Stage) {
    const service = await stage.service({ workers: capacity.workers, ms: capacity.ms })
    const gateway = await stage.gateway(`
      targets: [{ url: "http://127.0.0.1:${service.port}" }]
      concurrency: { max: 8, queue: 2 }
      breaker: { mode: shadow }`)
    const at = (rate: number, ms: number) => load({ url: gateway.url, secret, rate, ms, methods: ['GET', 'POST'], patience: 20_000 })
    await at(capacity.rate / 2, 1000)
    const peaks = []
    for (const share of [0.8, 0.9, 1, 1.1]) peaks.push(read(await at(capacity.rate * share, 3000), 3000))
    const peak = peaks.reduce((best, each) => each.goodput > best.goodput ? each : best)
    const cpuBefore = gateway.cpuMs
    const outcomes = await at(capacity.rate * 5, 5000)
    const cpu = (gateway.cpuMs - cpuBefore) / 5000
    const { goodput, p99 } = read(outcomes, 5000)
    return {
      outcomes,
      services: [service],
      faultAt: 0,
      claims: [
        { says: `goodput ${goodput.toFixed(0)}/s, ${percent(goodput / peak.goodput)} of the peak, 90 % at least`, holds: goodput >= 0.9 * peak.goodput },
        { says: `p99 ${p99.toFixed(0)} ms, ${(p99 / peak.p99).toFixed(2)} times that at the peak, 2 at most`, holds: p99 <= 2 * peak.p99 },
        { says: `the gateway took ${percent(cpu)} of a core, 50 % at most`, holds: cpu < 0.5 },
      ],
    }
  },
}

function read(outcomes: readonly Outcome[], ms: number): Reading {
  const times = outcomes.flatMap((each) => each.verdict === 'ok' ? [each.ms] : []).sort((a, b) => a - b)
  return { goodput: times.length * 1000 / ms, p99: times[Math.floor(times.length * 0.99)] ?? 0 }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
