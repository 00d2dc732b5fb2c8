import type { Parts } from './random-parts.ts'

/** The fields of Query: ways to every type, one by one, by lists of keys, and by other root fields. */
export function randomQueries(parts: Parts): string[] {
  const some = parts.single.length === 0 ? 'Alike' : 'OneS'
  return [
    ...parts.listed.flatMap((type) => queriesOf(type, parts)),
    ...parts.single.map((type) => {
      const name = type.toLowerCase()
      return `${name}(id: ID${parts.bang()}): ${type}${parts.bang()} ${parts.rest(`get: "/Query.${name}/{id}"`)}${parts.map()}`
    }),
    `any(id: ID): OneT ${parts.rest('get: "/Query.any{?id}"')}`,
    `all(size: Int! = 3): [Alike${parts.bang()}] @list(max: 3) ${parts.rest('get: "/Query.all{?size}"')}`,
    `tagged(tags: [ID!]!): [T0]${parts.bang()} @list(max: 3) ${parts.rest('get: "/Query.tagged{?tags*}"')}`,
    `some: ${some}${parts.bang()} ${parts.rest('get: "/Query.some"')}`,
    `plain: ${parts.wrapped('Plain')} ${parts.rest('get: "/Query.plain"')}${parts.map()}`,
    `leaf: ${parts.wrapped(parts.leaf())} ${parts.rest('get: "/Query.leaf"')}${parts.map()}`,
    `search(filter: Filter!, kind: Kind = B): [T0${parts.bang()}] @list(max: 4)
      ${parts.rest('post: "/Query.search{?kind}", body: { where: "{filter}", size: 5 }')}`,
  ]
}

function queriesOf(type: string, parts: Parts): string[] {
  const name = type.toLowerCase()
  const own = parts.draws.pick('subject', 'claims.key', 'claims.key', 'claims.none')
  return [
    batchedQuery(type, parts),
    `${name}(id: ID!): ${type}${parts.bang()} ${parts.rest(`get: "/Query.${name}/{id}"`)}${parts.map()}${parts.auth()}`,
    `${name}List(first: Int = 2, page: Int = 7 @internal): ${parts.list(type)} @list(max: 4, by: "first")
      ${parts.rest(`get: "/Query.${name}List{?first,page}"`)}${parts.map()}`,
    `${name}Picked(ids: [ID!]!): [${type}${parts.bang()}] @list(max: 5) @resolve(query: "${name}s", args: { ids: "{ids}" })`,
    `${name}One(id: ID, lang: String): ${type}${parts.bang()} @resolve(query: "${name}s", args: { ids: "{id}", lang: "{lang}" })`,
    `${name}Own: ${type} @resolve(query: "${name}s", args: { ids: "{identity.${own}}" })`,
  ]
}

/** The root field that finds objects of a type by many keys. */
function batchedQuery(type: string, parts: Parts): string {
  const { draws } = parts
  const name = `${type.toLowerCase()}s`
  const args = `ids: ${draws.pick('[ID!]!', '[ID]!', '[String!]!', '[ID!]')}, lang: String = "en"`
  const call = draws.chance(25) ? `post: "/Query.${name}", body: { ids: "{ids}", lang: "{lang}" }`
    : `get: "/Query.${name}{?${draws.pick('ids*', 'ids')},lang}"`
  const items = draws.chance(50) ? `[${type}]${parts.bang()}${draws.pick('', ' @list(max: 5)')}` : `[${type}!]${parts.bang()} @list(max: 4)`
  const batch = `@batch(arg: "ids", key: "${draws.pick('id', 'id', 'tag')}", max: ${draws.pick(2, 1, 3, 50)})`
  return `${name}(${args}): ${items} ${parts.rest(call)} ${batch}${parts.map()}${draws.chance(20) ? ' @internal' : ''}`
}

export function randomMutations(parts: Parts): string[] {
  const single = parts.single.length === 0 ? 'T0' : 'OneS'
  return [
    `make(id: ID!, filter: Filter): T0${parts.bang()} ${parts.rest('post: "/Mutation.make/{id}", body: "{filter}"')}${parts.auth()}`,
    `makeAll(size: Int): ${parts.list('T0')} @list(max: 3)
      ${parts.rest('put: "/Mutation.makeAll", body: { size: "{size}", fixed: [1, null] }')}`,
    `drop(id: ID): ${parts.wrapped(parts.leaf())} ${parts.rest('delete: "/Mutation.drop{?id}"')}`,
    `find(ids: [ID!]!): [T0${parts.bang()}] @list(max: 5) @resolve(query: "t0s", args: { ids: "{ids}" })`,
    'one(id: ID): T0 @resolve(query: "t0s", args: { ids: "{id}", lang: "de" })',
    `single: ${single}${parts.bang()} ${parts.rest('post: "/Mutation.single"')}`,
  ]
}
