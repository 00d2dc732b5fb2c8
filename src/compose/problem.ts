import type { ASTNode, GraphQLError } from 'graphql'
import type { Place } from '../config/config.ts'
import type { ConfigProblem } from '../config/problem.ts'

/** Something in the schema files that can't work: a sentence without a full stop, with a suggestion where there is one. */
export type Problem = ConfigProblem

/** Takes in problems, so that all of them are reported at once. */
export type Report = (node: ASTNode | null | undefined, message: string, offset?: number) => void

/** Where a node stands; `offset` counts characters on from its start. */
export function placeOfNode(node: ASTNode | null | undefined, offset = 0): Place {
  const loc = node?.loc
  if (loc === undefined) return { file: 'schema', line: 1, column: 1 }
  return { file: loc.source.name, line: loc.startToken.line, column: loc.startToken.column + offset }
}

/** `file:line:column`. */
export function writePlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`
}

/** A problem that graphql-js found. */
export function problemOf(error: GraphQLError, file = 'schema'): Problem {
  const { line = 1, column = 1 } = error.locations?.[0] ?? {}
  return { file: error.source?.name ?? file, line, column, message: error.message.replace(/\.$/, '').replace('. Did you mean ', '; did you mean ') }
}

/** In the order in which a person reads the files. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => {
    return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column
  })
}
