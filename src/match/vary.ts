import { parsePattern, type Pattern } from './pattern.ts'
import type { Match } from './table.ts'

/**
 * The request headers that decide between routes on the paths of each route, by the route's name: what caches have to
 * be told of, also by the route that takes the requests without them.
 */
export function findVaries(matches: Readonly<Record<string, Match>>): Record<string, readonly string[]> {
  const all = Object.entries(matches).map(([name, match]) => ({ name, pattern: parsePattern(match.path), headers: headersOf(match) }))
  const deciding = all.filter(({ headers }) => headers.length > 0)
  return Object.fromEntries(all.map(({ name, pattern }) => {
    const near = deciding.filter((other) => overlap(pattern, other.pattern))
    return [name, [...new Set(near.flatMap(({ headers }) => headers))]]
  }))
}

function headersOf({ headers, accept }: Match): string[] {
  return [...Object.keys(headers), ...(accept === undefined ? [] : ['accept'])]
}

/** Whether some path fits both patterns. */
function overlap(one: Pattern, other: Pattern): boolean {
  for (let index = 0; ; index++) {
    const [a, b] = [one[index], other[index]]
    if (a?.kind === 'rest' || b?.kind === 'rest') return true
    if (a === undefined || b === undefined) return a === b
    if (a.kind === 'literal' && b.kind === 'literal' && a.text !== b.text) return false
  }
}
