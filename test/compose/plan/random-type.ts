import type { Parts } from './random-parts.ts'

/** Names of fields, among them some that every object has, and some that a service writes differently. */
const names = ['name', 'fullName', 'constructor', 'userID', 'toString', 'count', 'hasOwnProperty', 'valueOf', 'y2Z']

/** An object type: values, parts that stand in its own data, and fields that call. */
export function randomType(type: string, parts: Parts): string {
  const { draws } = parts
  const alike = parts.alike.has(type)
  const query = parts.single.includes(type) ? type.toLowerCase() : `${type.toLowerCase()}s`
  const shift = draws.below(names.length)
  const named = (index: number) => names[(shift + index) % names.length] ?? ''
  const lines = [
    `id: ${draws.pick('ID!', 'ID', 'Int!', 'String')}`,
    `tag: ${draws.pick('ID', 'String!', 'Int')}`,
    `ref: ${draws.pick('ID', 'ID!', 'Int', 'String')} @internal${parts.map()}`,
    `refs: ${draws.pick('[ID]', '[ID!]', '[ID!]!', '[Int]')} @internal${parts.map()}`,
    'tongue: String @internal',
    ...alike ? [`shared: String${parts.bang()}${parts.map()}`, `peer: T0${draws.chance(50) ? ' @lookup(key: "{parent.ref}")' : ''}`] : [],
    ...draws.several(1, 3, (index) => `${named(index)}: ${parts.wrapped(parts.leaf())}${parts.map()}${parts.auth()}`),
    ...draws.several(0, 2, (index) => `part${index}${partOf(type, parts)}${parts.map()}${parts.auth()}`),
    ...draws.several(1, 3, (index) => `call${index}${callOf(`${type}.call${index}`, parts)}${parts.auth()}`),
  ]
  return `type ${type}${alike ? ' implements Alike' : ''} @entity(key: "id", query: "${query}") {\n  ${lines.join('\n  ')}\n}`
}

/** An object, or a list of them; what can't be null is of a later type, so that it ends. */
function partOf(owner: string, parts: Parts): string {
  const { draws } = parts
  const later = parts.listed.filter((type) => type > owner || parts.single.includes(owner))
  const type = draws.chance(30) ? draws.pick('OneT', 'Alike') : draws.pickFrom(later) ?? 'T0'
  if (draws.chance(50)) return `: ${type}${later.includes(type) ? parts.bang() : ''}`
  if (draws.chance(20)) return `: ${parts.wrapped('Plain')}`
  if (draws.chance(30)) return `(first: Int = 2): [${type}${parts.bang()}] @list(max: 4, by: "first")`
  return `: ${parts.list(type)} @list(max: 3)`
}

const languages = ['', '', ', lang: "de"', ', lang: "{parent.tongue}"', ', lang: "{identity.subject}"', ', lang: "{identity.claims.lang}"']

function callOf(coordinate: string, parts: Parts): string {
  const { draws } = parts
  if (coordinate.startsWith('S') && draws.chance(60)) return loneCall(coordinate, parts)
  if (!parts.mutations && draws.chance(15)) return fixedCall(coordinate, parts)
  if (draws.chance(15)) return callByRow(coordinate, parts)
  const type = draws.pickFrom(parts.listed) ?? ''
  const query = `${type.toLowerCase()}s`
  const language = draws.pickFrom(languages) ?? ''
  const one = `${type}${parts.bang()}`
  const list = `${parts.list(type)} @list(max: ${draws.pick(3, 5, 50)})`
  const resolve = (ids: string) => `@resolve(query: "${query}", args: { ids: ${ids}${language} })`
  switch (draws.below(8)) {
    case 0: return `: ${one} @lookup(key: "{parent.${draws.pick('ref', 'tag', 'id')}}")`
    case 1: return `: ${list} @lookup(key: "{parent.refs}")`
    case 2: return `: ${one} ${resolve('"{parent.ref}"')}`
    case 3: return `: ${list} ${resolve('"{parent.tag}"')}`
    case 4: return `: ${list} ${resolve('"{parent.refs}"')}`
    case 5: return `: ${list} ${resolve('["{parent.ref}", "a", "{parent.id}"]')}`
    case 6: return `(ids: [ID!]!): ${list} ${resolve('"{ids}"')}`
    default:
      return `(lang: String = "fr"): ${type} @resolve(query: "${type.toLowerCase()}One", args: { id: "{parent.ref}", lang: "{lang}" })`
  }
}

/** A call for each object. */
function loneCall(coordinate: string, parts: Parts): string {
  const { draws } = parts
  const type = draws.pickFrom(parts.single) ?? ''
  const rest = `${parts.rest(`get: "/${coordinate}/{parent.${draws.pick('ref', 'id', 'tag')}}{?lang}"`)}${parts.map()}`
  switch (draws.below(8)) {
    case 0: return `: ${type}${parts.bang()} @lookup(key: "{parent.ref}")`
    case 1: return `(lang: String): ${type} ${rest}`
    case 2: return `(lang: String): ${parts.wrapped(parts.leaf())} ${rest}`
    case 3: return `(lang: Kind = A): ${parts.list(draws.pick('T0', 'OneT', 'Alike'))} @list(max: 3) ${rest}`
    case 4: return `(lang: String): OneS ${rest}`
    case 5: return ': [T0] @list(max: 4) @resolve(query: "tagged", args: { tags: "{parent.refs}" })'
    case 6: return `(size: Int): ${parts.list('T0')} @list(max: 4, by: "size") @resolve(query: "t0List", args: { first: "{size}" })`
    default: return `: ${type} @resolve(query: "${type.toLowerCase()}", args: { id: "{parent.tag}" })`
  }
}

/** A call for each object, wherever it stands; which of too many are refused is a matter of their order, so that there are enough. */
function callByRow(coordinate: string, parts: Parts): string {
  const { draws } = parts
  const key = `{parent.${draws.pick('ref', 'id', 'tag')}}`
  const type = draws.chance(50) ? parts.wrapped(parts.leaf()) : draws.pick('T0', 'OneT', 'Alike')
  const call = draws.chance(30) ? `: T0 @resolve(query: "t0", args: { id: "${key}" })`
    : `(lang: String): ${type} ${parts.rest(`get: "/${coordinate}/${key}{?lang}"`)}${parts.map()}`
  return `${call} @unbatched(max: 10000)`
}

/** A call that is the same for every object. */
function fixedCall(coordinate: string, parts: Parts): string {
  const { draws } = parts
  if (draws.chance(40)) return ': T0 @resolve(query: "t0", args: { id: "a" })'
  const type = draws.chance(50) ? parts.wrapped(parts.leaf()) : draws.pick('T0', 'OneT')
  return `(lang: String): ${type} ${parts.rest(`get: "/${coordinate}{?lang}"`)}`
}
