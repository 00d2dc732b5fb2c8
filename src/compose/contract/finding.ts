import type { ASTNode } from 'graphql'

/** Something that a contract and the schema don't agree on. */
export interface Finding {
  readonly node: ASTNode | null | undefined
  readonly message: string
  /** Characters on from the node's start. */
  readonly offset?: number
}

/** What is wrong with the form that fits best: of several forms one that fits is enough. */
export function leastOf(findings: readonly (readonly Finding[])[]): readonly Finding[] {
  return findings.toSorted((a, b) => a.length - b.length)[0] ?? []
}
