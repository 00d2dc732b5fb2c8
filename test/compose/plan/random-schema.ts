import type { Draws } from './draws.ts'
import { Parts } from './random-parts.ts'
import { randomMutations, randomQueries } from './random-roots.ts'
import { randomType } from './random-type.ts'

/** A schema that can be bound to the services, by random choices. */
export function randomSchema(draws: Draws): string {
  const parts = new Parts(draws)
  const { listed, single, mutations } = parts
  return [
    'scalar Json',
    'enum Kind { A B constructor }',
    'input Filter { nameLike: String = "x"  least: Int  kinds: [Kind!]  deeper: Filter  tags: [ID!]! = ["a"] }',
    'interface Alike { shared: String  peer: T0 }',
    `union OneT = ${listed.join(' | ')}`,
    ...single.length === 0 ? [] : [`union OneS = ${single.join(' | ')}`],
    plainType(parts),
    ...[...listed, ...single].map((type) => randomType(type, parts)),
    `type Query {\n  ${randomQueries(parts).join('\n  ')}\n}`,
    ...mutations ? [`type Mutation {\n  ${randomMutations(parts).join('\n  ')}\n}`] : [],
  ].join('\n')
}

/** Objects with no calls at them, of which there may be lists of lists. */
function plainType(parts: Parts): string {
  const [fullName, count] = [parts.wrapped(parts.leaf()), parts.wrapped(parts.leaf())]
  return `type Plain { fullName: ${fullName}  count: ${count}${parts.map()}  more: [${parts.list('Plain')}] @list(max: 3)  next: Plain }`
}
