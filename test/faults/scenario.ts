import { load, type LoadSettings, type Outcome } from './load.ts'
import { secret, type GatewayProcess, type Service } from './stage.ts'

/** What a scenario may use; all of it is stopped when the scenario ends. */
export interface Stage {
  service(...given: Parameters<typeof Service.start>): Promise<Service>
  gateway(settings: string): Promise<GatewayProcess>
  closeLater(close: () => unknown): void
}

/** A fault under load. `disturb` runs while the load does, and tells when the fault began and when it was over. */
export interface Scenario {
  readonly name: string
  run(stage: Stage): Promise<Report>
}

export interface Report {
  readonly outcomes: readonly Outcome[]
  readonly services: readonly Service[]
  /** Since the start of the load, in ms. */
  readonly faultAt: number
  /** What must hold beyond "nothing wrong, nothing lost", and whether it did. */
  readonly claims: readonly { readonly says: string, readonly holds: boolean }[]
}

export interface Verdicts {
  readonly requests: number
  readonly wrong: number
  readonly lost: number
  readonly honest: number
  /** From the fault to the last request that it cost, in ms; 0 where it cost none. */
  readonly recoveredMs: number
  /** The most frequent errors, for people. */
  readonly errors: string
}

const writes = new Set(['POST', 'PATCH'])

/** Sums a report up. A write that reached services twice, or an answer that no service gave, is wrong whatever it looked like. */
export function judge({ outcomes, services, faultAt }: Report): Verdicts {
  const reached = new Map<string, number>()
  for (const { ledger } of services) for (const [id, count] of ledger) reached.set(id, (reached.get(id) ?? 0) + count)
  const wrong = outcomes.filter(({ id, method, verdict }) => {
    const times = reached.get(id) ?? 0
    return verdict === 'wrong' || (verdict === 'ok' && times === 0) || (writes.has(method) && times > 1)
  })
  const honest = outcomes.filter(({ verdict }) => verdict === 'honest')
  const last = honest.reduce((latest, { sentAt, ms }) => Math.max(latest, sentAt + ms), 0)
  return {
    requests: outcomes.length,
    wrong: wrong.length,
    lost: outcomes.filter(({ verdict }) => verdict === 'lost').length,
    honest: honest.length,
    recoveredMs: honest.length === 0 ? 0 : Math.max(0, Math.round(last - faultAt)),
    errors: tally([...honest, ...wrong]),
  }
}

function tally(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>()
  for (const { what } of outcomes) counts.set(what, (counts.get(what) ?? 0) + 1)
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3)
  return most.map(([what, count]) => `${count} × ${what}`).join(', ')
}

/** How often requests reached the services, for each request of the clients. */
export function amplification({ outcomes, services }: Pick<Report, 'outcomes' | 'services'>): number {
  const calls = services.reduce((sum, { ledger }) => sum + [...ledger.values()].reduce((all, count) => all + count, 0), 0)
  return calls / outcomes.length
}

const usual = { secret, rate: 200, ms: 5000, methods: ['GET', 'GET', 'GET', 'PUT', 'POST'], patience: 20_000 }

/** Puts a load on a gateway, and does something to its services on the way, `after` ms from its start. */
export async function disturb(
  gateway: GatewayProcess, act: () => unknown, { after = 1000, ...more }: Partial<LoadSettings> & { after?: number } = {},
): Promise<{ outcomes: Outcome[], faultAt: number }> {
  const running = load({ ...usual, url: gateway.url, ...more })
  await new Promise((resolve) => setTimeout(resolve, after))
  await act()
  return { outcomes: await running, faultAt: after }
}
