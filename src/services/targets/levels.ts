import type { Target } from './target.ts'

/** Targets that are called alike, and their share of the calls. */
export interface Level {
  readonly targets: readonly Target[]
  readonly share: number
}

/** How many times the calls of now the targets of a level are taken to be able to serve. */
const overProvisioning = 1.4

/**
 * Shares calls out to levels by how many of their targets are fit, from 0 to 1 each, after Envoy's priority levels:
 * the first takes all while five of seven are, and what it can't take spills to the next. Where all of them together
 * are too few, each takes its part of what there is; the first takes all where none is fit.
 */
export function shareOut(fit: readonly number[]): number[] {
  const whole = Math.min(1, sum(fit) * overProvisioning)
  let left = whole
  return fit.map((share, index) => {
    if (whole === 0) return index === 0 ? 1 : 0
    const taken = Math.min(left, share * overProvisioning)
    left -= taken
    return taken / whole
  })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/**
 * The levels of some targets, in the order in which they take calls: by priority, and those in the own zone before
 * those elsewhere. Where all levels together are too few and less than the share `panic` of a level is fit, more is
 * lost by burdening these than by asking the others, so that it has all of its targets.
 */
export function levelsOf(targets: readonly Target[], zone: string | undefined, panic: number): Level[] {
  const levels = ranked(targets, zone).map((all) => ({ all, fit: all.filter(({ state }) => state === 'fit') }))
  const fit = levels.map((level) => level.fit.length / level.all.length)
  const shares = shareOut(fit)
  const short = sum(fit) < Math.max(panic, 1 / overProvisioning)
  return levels.flatMap((level, index) => {
    const panics = short && (fit[index] ?? 0) < panic
    const taking = panics ? level.all : level.fit
    return taking.length === 0 ? [] : [{ targets: taking, share: shares[index] ?? 0 }]
  })
}

function ranked(targets: readonly Target[], zone: string | undefined): Target[][] {
  const ranks = new Map<number, Target[]>()
  for (const target of targets) {
    const { priority, zone: own } = target.endpoint
    const rank = 2 * priority + (zone !== undefined && own === zone ? 0 : 1)
    const level = ranks.get(rank)
    if (level === undefined) ranks.set(rank, [target])
    else level.push(target)
  }
  return [...ranks].sort(([a], [b]) => a - b).map(([, level]) => level)
}
