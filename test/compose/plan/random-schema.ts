import type { Draws } from './draws.ts'
import { Parts } from './random-parts.ts'
import { randomMutations, randomQueries } from './random-roots.ts'
import { randomType } from './random-type.ts'

/** A schema that can be bound to the services, by random choices. */
export function randomSchema(draws: Draws): string {
  const parts = new Parts(draws)
  const { listed, single, mutations, alike } = parts
  return [
    'scalar Json',
    'enum Kind { A B constructor }',
    'input Filter { nameLike: String = "x"  least: Int  kinds: [Kind!]  deeper: Filter  tags: [ID!]! = ["a"] }',
    `interface Alike${typeRule('shared', [...alike], parts)} { shared: String  peer: T0 }`,
    `union OneT${typeRule('what', listed, parts)} = ${listed.join(' | ')}`,
    ...single.length === 0 ? [] : [`union OneS${typeRule('data.what', single, parts)} = ${single.join(' | ')}`],
    plainType(parts),
    ...[...listed, ...single].map((type) => randomType(type, parts)),
    `type Query {\n  ${randomQueries(parts).join('\n  ')}\n}`,
    ...mutations ? [`type Mutation {\n  ${randomMutations(parts).join('\n  ')}\n}`] : [],
  ].join('\n')
}

/** How an answer tells its type: by its name, or by other words for some of the types. */
function typeRule(field: string, types: readonly string[], { draws }: Parts): string {
  switch (draws.below(4)) {
    case 0: return ''
    case 1: return ` @type(field: "${field}")`
    case 2: return ` @type(field: "${field}", values: { ${types.map((type) => `is${type}: "${type}"`).join(' ')} })`
    default: return ` @type(field: "${field}", values: [${types.map((type, index) => `{ value: ${index}, type: "${type}" }`).join(' ')}])`
  }
}

/** Objects with no calls at them, of which there may be lists of lists. */
function plainType(parts: Parts): string {
  const [fullName, count] = [parts.wrapped(parts.leaf()), parts.wrapped(parts.leaf())]
  return `type Plain { fullName: ${fullName}  count: ${count}${parts.map()}  more: [${parts.list('Plain')}] @list(max: 3)  next: Plain }`
}
