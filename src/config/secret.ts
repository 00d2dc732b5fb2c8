import { shown } from './message.ts'
import { walk, type Node } from './node.ts'
import type { Secret } from './substitute.ts'

/** Shorter values may stand in any word of the clause, which would be illegible without them. */
const shortest = 4

/**
 * What checks say of a value, with expressions in the place of what came from the environment or a file: whoever
 * wrote the clause saw the value only. Parts of it count too, such as one line of a file.
 */
export function withoutSecrets(clause: string, node: Node): string {
  const parts = [...walk(node)].flatMap(([, own]) => (own.kind === 'scalar' ? (own.secrets ?? []).flatMap(partsOf) : []))
  const [long, short] = [parts.filter(([part]) => part.length >= shortest), parts.filter(([part]) => part.length < shortest)]
  const text = long
    .sort(([a], [b]) => b.length - a.length)
    .reduce((told, [part, expression]) => told.replaceAll(part, () => expression), clause)
  return short.some(([part]) => text.includes(part)) ? `${shown(node)} cannot be used here` : text
}

function partsOf({ value, expression }: Secret): [string, string][] {
  const parts = new Set([value, ...value.split(/\r?\n/), ...value.split(/\s+/)])
  return [...parts].filter((part) => part !== '').map((part) => [part, expression])
}
