import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Place } from '../gateway.ts'
import type { Case } from './case.ts'
import { proxies, startProxy } from './proxies.ts'
import { startRecorder, type Recorded, type Recorder } from './recorder.ts'
import { classes, differs, send, startSluice } from './send.ts'

/** Milliseconds that a proxy may say nothing before it counts as waiting for more. */
const patience = 300
/** Lines for each other proxy. */
const shownDifferences = 10

type Fate = 'refused' | 'well-formed' | 'odd'

interface Verdict {
  fate: Fate
  /** What is odd. */
  why: string
}

interface Column {
  name: string
  /** One a case, in the order of `cases`. */
  verdicts: readonly Verdict[]
}

const cases = Object.entries(classes).flatMap(([kind, list]) => list.map((entry) => ({ kind, entry })))

/** What reached the service of one case. */
interface Arrived {
  seen: Recorded[]
  malformed: string[]
}

/**
 * Sends the cases one after the other, so that what reaches the service meanwhile is that case's. Where it came late,
 * since the proxy had not noticed that its client was gone, its path says whose it is.
 */
async function tryAll(url: string, recorder: Recorder): Promise<Verdict[]> {
  const arrived = cases.map((): Arrived => ({ seen: [], malformed: [] }))
  for (const [index, { entry }] of cases.entries()) {
    await send(url, entry, index, patience)
    if (index === cases.length - 1) await delay(patience)
    const of = (bytes: string) => arrived[Number(/\/[cs](\d+)/.exec(bytes)?.[1] ?? index)]
    for (const request of recorder.requests.splice(0)) if (request.path !== '/closing') of(request.path)?.seen.push(request)
    for (const bytes of recorder.malformed.splice(0)) of(bytes)?.malformed.push(bytes)
  }
  return cases.map(({ entry }, index) => judge(entry, arrived[index]))
}

/** What left the proxy for one case. A field that another proxy adds or keeps is its policy, and no matter here. */
function judge({ sees }: Case, { seen, malformed: [malformed] }: Arrived = { seen: [], malformed: [] }): Verdict {
  if (malformed !== undefined) return { fate: 'odd', why: malformed.slice(0, malformed.indexOf(': ')) }
  const [first] = seen
  if (first === undefined) return { fate: 'refused', why: '' }
  if (seen.length > 1) return { fate: 'odd', why: `${seen.length} requests of one` }
  const changed = sees === null ? undefined : differs({ ...sees, fields: {}, without: [] }, first)
  return changed === undefined ? { fate: 'well-formed', why: '' } : { fate: 'odd', why: `another ${changed.split(' ', 1)[0] ?? ''}` }
}

function table(columns: readonly Column[]): string[] {
  const fates: readonly Fate[] = ['refused', 'well-formed', 'odd']
  const row = (name: string, size: string, cells: readonly string[]) => `${name.padEnd(18)}${size.padStart(5)}  ${cells.map((cell) => cell.padStart(18)).join('')}`
  const counts = (kind?: string) => columns.map(({ verdicts }) => {
    const own = verdicts.filter((_, index) => kind === undefined || cases[index]?.kind === kind)
    return fates.map((fate) => String(own.filter((verdict) => verdict.fate === fate).length).padStart(3)).join(' /')
  })
  return [
    row('', 'cases', columns.map(({ name }) => name)),
    ...Object.entries(classes).map(([kind, list]) => row(kind, String(list.length), counts(kind))),
    row('all', String(cases.length), counts()),
  ]
}

const told: Record<Fate, string> = { refused: 'refused', 'well-formed': 'passed well-formed', odd: 'passed odd' }

/** Cases of one class that two proxies treat in the same two ways are one line; the odd and the many come first. */
function differences(ours: Column, { name, verdicts }: Column): string[] {
  const groups = new Map<string, { names: string[]; whys: Set<string>; odd: boolean }>()
  for (const [index, { fate, why }] of verdicts.entries()) {
    const own = ours.verdicts[index]
    const tried = cases[index]
    if (own === undefined || tried === undefined || own.fate === fate) continue
    // Whether such a request still goes on is a matter of time in any proxy.
    if (tried.entry.orNothing && fate !== 'odd' && own.fate !== 'odd') continue
    const key = `${tried.kind}: ${name} ${told[fate]}, ${ours.name} ${told[own.fate]}`
    const group = groups.get(key) ?? { names: [], whys: new Set(), odd: fate === 'odd' || own.fate === 'odd' }
    group.names.push(tried.entry.name)
    if (why !== '') group.whys.add(why)
    groups.set(key, group)
  }
  const sorted = [...groups].sort(([, a], [, b]) => Number(b.odd) - Number(a.odd) || b.names.length - a.names.length)
  const lines = sorted.slice(0, shownDifferences).map(([key, { names, whys }]) => {
    const odd = whys.size === 0 ? '' : ` (${[...whys].join(', ')})`
    return `${String(names.length).padStart(4)}  ${key}${odd}, as ${names[0]?.slice(0, 50) ?? ''}`
  })
  return sorted.length > lines.length ? [...lines, `      and ${sorted.length - lines.length} more kinds for ${name}`] : lines
}

/** A temporary folder; `close` may be asked for twice, by a signal and by the end. */
function openPlace(): { place: Place; close(): Promise<void> } {
  const root = mkdtempSync(join(tmpdir(), 'sluice-compare-'))
  const stops: (() => unknown)[] = [() => rmSync(root, { recursive: true, force: true })]
  const stopAll = async () => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop()
  }
  let closed: Promise<void> | undefined
  return {
    place: { testdir: () => mkdtempSync(join(root, 'at-')), teardown: (stop) => void stops.push(stop) },
    close: () => (closed ??= stopAll()),
  }
}

/** The proxies side by side, each before a recorder of its own; those that are not installed are only told of. */
async function compare(place: Place): Promise<void> {
  const ours = async (): Promise<Column> => {
    const recorder = await startRecorder(place)
    const { url } = await startSluice(place, recorder.url)
    return { name: 'sluice', verdicts: await tryAll(url, recorder) }
  }
  const other = async (proxy: (typeof proxies)[number]): Promise<Column[]> => {
    const recorder = await startRecorder(place)
    const url = await startProxy(place, proxy, recorder.url)
    if (url !== null) return [{ name: proxy.name, verdicts: await tryAll(url, recorder) }]
    console.log(`${proxy.name} is not installed; Debian has it in the package ${proxy.debian}`)
    return []
  }
  const [sluice, ...rest] = await Promise.all([ours(), ...proxies.map(other)])
  const others = rest.flat()
  console.log(['', 'refused / passed well-formed / passed odd', ...table([sluice, ...others])].join('\n'))
  console.log('\nOdd is what the strict reader rejects: also legal bytes that a gateway need not write, as "_" in a name, "Chunked", an absolute target or a trailer.')
  if (others.length > 0) console.log(['\nWhere they differ:', ...others.flatMap((column) => differences(sluice, column))].join('\n'))
}

const { place, close } = openPlace()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close().finally(() => process.exit(1)))
try {
  await compare(place)
} finally {
  await close()
}
