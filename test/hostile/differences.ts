import { verdictOf, type Fate } from './judge.ts'
import type { Row } from './table.ts'

/** Lines for each other proxy. */
const shown = 10
const told: Record<Fate, string> = { refused: 'refused', 'well-formed': 'passed well-formed', odd: 'passed odd' }

/** Cases of one sort that each of two proxies treats alike. */
interface Kind {
  what: string
  names: string[]
  /** What is odd. */
  whys: Set<string>
  odd: boolean
}

/** What another proxy does otherwise than Sluice, a line for each kind: the odd and the many come first. */
export function differences(rows: readonly Row[], proxy: string): string[] {
  const kinds = new Map<string, Kind>()
  for (const row of rows) collect(row, proxy, kinds)
  const sorted = [...kinds.values()].sort((a, b) => Number(b.odd) - Number(a.odd) || b.names.length - a.names.length)
  const lines = sorted.slice(0, shown).map(({ what, names, whys }) => {
    const odd = whys.size === 0 ? '' : ` (${[...whys].join(', ')})`
    return `${String(names.length).padStart(4)}  ${what}${odd}, as ${names[0]?.slice(0, 50) ?? ''}`
  })
  return sorted.length > lines.length ? [...lines, `      and ${sorted.length - lines.length} more kinds`] : lines
}

function collect({ name, outcomes, others }: Row, proxy: string, kinds: Map<string, Kind>): void {
  for (const [index, outcome] of outcomes.entries()) {
    const ours = verdictOf(outcome)
    const theirs = others[proxy]?.[index]
    if (theirs === undefined || ours.fate === theirs.fate) continue
    const odd = theirs.fate === 'odd' || ours.fate === 'odd'
    // Whether such a request still goes on is a matter of time in any proxy.
    if (outcome.entry.orNothing && !odd) continue
    const what = `${name.split(':', 1)[0] ?? ''}: ${proxy} ${told[theirs.fate]}, Sluice ${told[ours.fate]}`
    const kind = kinds.get(what) ?? { what, names: [], whys: new Set(), odd }
    kind.names.push(outcome.entry.name)
    if (theirs.why !== '') kind.whys.add(theirs.why)
    kinds.set(what, kind)
  }
}
