import type { Column, Sample } from './rounds.ts'

/** Two columns whose CPU time is compared; without `most` it is for information. */
export interface Ratio {
  readonly name: string
  readonly of: string
  readonly by: string
  /** The goal. */
  readonly most?: number
}

/** A table of what each column took; `what` heads the names. */
export function columnTable(what: string, columns: readonly Column[]): string {
  return `| ${what} | CPU a request, µs | requests/s | p50, ms | p99, ms |
|---|---|---|---|---|
${columns.map(rowOf).join('\n')}`
}

/** A table of the ratios: of the medians, and of the rounds one by one. */
export function ratioTable(ratios: readonly Ratio[], columns: readonly Column[]): string {
  return `| CPU a request against | ratio | in single rounds | goal |
|---|---|---|---|
${ratios.map((ratio) => ratioOf(ratio, columns)).join('\n')}`
}

/** Today, as reports are dated. */
export function today(): string {
  return new Date().toISOString().slice(0, 10)
}

function rowOf({ name, samples }: Column): string {
  const cpu = samples.map(({ cpuUs }) => cpuUs)
  const middle = (of: (sample: Sample) => number, digits: number) => median(samples.map(of)).toFixed(digits)
  const rate = middle(({ requests, seconds }) => requests / seconds, 0)
  const cells = [`${median(cpu).toFixed(1)} (${range(cpu, 1)})`, rate, middle(({ p50Ms }) => p50Ms, 2), middle(({ p99Ms }) => p99Ms, 2)]
  return `| ${name} | ${cells.join(' | ')} |`
}

function ratioOf({ name, of, by, most }: Ratio, columns: readonly Column[]): string {
  const cpu = (wanted: string) => columns.find((column) => column.name === wanted)?.samples.map(({ cpuUs }) => cpuUs) ?? []
  const [ours, theirs] = [cpu(of), cpu(by)]
  const single = ours.map((value, round) => value / (theirs[round] ?? Number.NaN))
  const goal = most === undefined ? '' : `≤ ${most.toFixed(2)}`
  return `| ${name} | ${(median(ours) / median(theirs)).toFixed(2)} | ${range(single, 2)} | ${goal} |`
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function range(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`
}
