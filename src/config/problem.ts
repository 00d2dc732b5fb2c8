import type { Place } from './config.ts'

/** Something that is wrong with the config, and where. */
export interface ConfigProblem extends Place {
  message: string
}

/** A problem as one line: `routes/users.yaml:12:7: …`. */
export function formatProblem({ file, line, column, message }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${message}`
}

/** Sorted by place, each said once. */
export function sortProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const unique = new Map(problems.map((problem) => [formatProblem(problem), problem]))
  return [...unique.values()].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.message, b.message),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
