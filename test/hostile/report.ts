import { setTimeout as delay } from 'node:timers/promises'
import type { Place } from '../gateway.ts'
import { inPlace } from '../place.ts'
import { differences } from './differences.ts'
import { tryClasses, tryGroup, type Group } from './group.ts'
import { groups } from './groups.ts'
import { verdictOf, type Verdict } from './judge.ts'
import { proxies, startProxy, type Proxy } from './proxies.ts'
import { startRecorder } from './recorder.ts'
import { table, type Row } from './table.ts'

/** Milliseconds that a proxy may say nothing before it counts as waiting for more. */
const patience = 300

/** What another proxy does with each class; none where it can't be set up for the group, or is not installed. */
async function verdictsOf(place: Place, proxy: Proxy, group: Group): Promise<Record<string, Verdict[]>> {
  if (group.rules === null) return {}
  const recorder = await startRecorder(place)
  const url = await startProxy(place, proxy, recorder.url, group.rules)
  if (url === null) return {}
  const outcomes = await tryClasses({ url, recorder, sending: { patience }, settle: () => delay(patience) }, group)
  return Object.fromEntries(Object.entries(outcomes).map(([name, list]) => [name, list.map(verdictOf)]))
}

async function rowsOf(place: Place, group: Group): Promise<Row[]> {
  const asked = proxies.map(async (proxy) => [proxy.name, await verdictsOf(place, proxy, group)] as const)
  const [results, ...others] = await Promise.all([tryGroup(place, group), ...asked])
  return results.map((result) => {
    return { ...result, others: Object.fromEntries(others.map(([name, classes]) => [name, classes[result.name] ?? []])) }
  })
}

/** Prints what became of every hostile input, and says whether all is as it must be. */
async function report(place: Place): Promise<boolean> {
  const rows: Row[] = []
  for (const group of groups) rows.push(...await rowsOf(place, group))
  const isPresent = ({ name }: Proxy) => rows.some(({ others }) => others[name]?.length)
  const present = proxies.filter(isPresent).map(({ name }) => name)
  console.log(table(rows, present).join('\n'))
  for (const { name, debian } of proxies.filter((proxy) => !isPresent(proxy))) {
    console.log(`\n${name} is not installed; Debian has it in the package ${debian}`)
  }
  for (const name of present) console.log(['', `Where ${name} differs:`, ...differences(rows, name)].join('\n'))
  const problems = rows.flatMap(({ name, failures, missed }) => [
    ...failures.map((failure) => `wrong: ${name}: ${failure}`),
    ...(missed === 0 ? [`blind: ${name}: nothing tells a broken gateway`] : []),
  ])
  if (problems.length > 0) console.log(['', ...problems].join('\n'))
  return problems.length === 0
}

await inPlace(async (place) => {
  if (!await report(place)) process.exitCode = 1
})
