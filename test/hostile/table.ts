import type { Result } from './group.ts'
import { wrong, type Fate, type Verdict } from './judge.ts'

/** A class of inputs: how Sluice fared, and what other proxies did, by name; nothing where one was not asked. */
export interface Row extends Result {
  others: Readonly<Record<string, readonly Verdict[]>>
}

const fates: readonly Fate[] = ['refused', 'well-formed', 'odd']
const legend = `
passed        left Sluice as exactly one well-formed request
wrong         was neither refused nor passed as it must be
broken        what a gateway that is broken in a usual way lets through: each class must find some
nginx, …      refused / passed well-formed / passed odd; "-" where the class is about a policy they are not set up for
odd           what the strict reader rejects, several requests of one, or a guarded path; also legal bytes that a
              gateway need not write, as "_" in a name, "Chunked", an absolute target or a trailer`

/** A line for each class, and one for all; `proxies` are the others that take part. */
export function table(rows: readonly Row[], proxies: readonly string[]): string[] {
  const widest = Math.max(...rows.map(({ name }) => name.length))
  const line = (name: string, counts: readonly unknown[], others: readonly string[]) => {
    const numbers = counts.map((count) => String(count).padStart(8))
    return [name.padEnd(widest), ...numbers, ...others.map((cell) => cell.padStart(19))].join(' ')
  }
  const lineOf = (name: string, own: readonly Row[]) => {
    return line(name, countsOf(own), proxies.map((proxy) => fatesOf(own.flatMap(({ others }) => others[proxy] ?? []))))
  }
  return [
    line('class', ['tried', 'refused', 'passed', 'wrong', 'broken'], proxies),
    ...rows.map((row) => lineOf(row.name, [row])),
    lineOf('total', rows),
    legend,
  ]
}

function countsOf(rows: readonly Row[]): number[] {
  const outcomes = rows.flatMap((row) => row.outcomes)
  const right = outcomes.filter((outcome) => wrong(outcome) === undefined)
  const passed = right.filter(({ seen }) => seen.length > 0)
  const missed = rows.reduce((sum, row) => sum + row.missed, 0)
  return [outcomes.length, right.length - passed.length, passed.length, outcomes.length - right.length, missed]
}

function fatesOf(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '-'
  return fates.map((wanted) => String(verdicts.filter(({ fate }) => fate === wanted).length).padStart(4)).join(' /')
}
