import { startGateway, type Place } from '../gateway.ts'
import type { Cases } from './case.ts'
import { tryCases, wrong, type Front, type Outcome } from './judge.ts'
import type { Rules } from './proxies.ts'
import { startRecorder } from './recorder.ts'

/** Classes of inputs to one gateway. */
export interface Group {
  classes: Readonly<Record<string, Cases>>
  /** Sluice's config before the service at `target`, less its listeners. */
  config: (target: string) => string
  /** What is broken in a usual way and stands in Sluice's place; every class must find it out. */
  double: (place: Place) => Promise<Front>
  /** What other proxies are set up to do; null where the cases are about what only Sluice does. */
  rules: Rules | null
}

/** How Sluice fared with one class. */
export interface Result {
  name: string
  outcomes: Outcome[]
  /** What was not refused, or did not pass as it should. */
  failures: string[]
  /** How many inputs the double let through that it must not, or not so. */
  missed: number
}

/** Sends the classes of a group to Sluice, and to the double. */
export async function tryGroup(place: Place, group: Group): Promise<Result[]> {
  const [ours, doubles] = await Promise.all([
    startSluice(place, group.config).then((front) => tryClasses(front, group)),
    group.double(place).then((front) => tryClasses(front, group)),
  ])
  return Object.keys(group.classes).map((name) => {
    const outcomes = ours[name] ?? []
    const failures = outcomes.flatMap((outcome) => {
      const why = wrong(outcome)
      return why === undefined ? [] : [`${outcome.entry.name}: ${why}`]
    })
    return { name, outcomes, failures, missed: (doubles[name] ?? []).filter(letThrough).length }
  })
}

/** What became of each case, by class. */
export async function tryClasses(front: Front, { classes }: Group): Promise<Record<string, Outcome[]>> {
  const outcomes = await tryCases(front, Object.values(classes).flat())
  let from = 0
  return Object.fromEntries(Object.entries(classes).map(([name, { length }]) => {
    return [name, outcomes.slice(from, from += length)]
  }))
}

function letThrough(outcome: Outcome): boolean {
  return outcome.seen.length + outcome.malformed.length > 0 && wrong(outcome) !== undefined
}

async function startSluice(place: Place, config: Group['config']): Promise<Front> {
  const recorder = await startRecorder(place)
  const { url, server } = await startGateway(place, {
    'routes/gateway.yaml': `listeners: { public: { host: 127.0.0.1, port: 0 } }\n${config(recorder.url)}`,
  })
  return { url, recorder, settle: async () => server.gateway?.idle() }
}
