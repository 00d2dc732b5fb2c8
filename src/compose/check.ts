import { getNullableType, isListType, type ASTNode, type GraphQLSchema } from 'graphql'
import { objectTypes } from './bind.ts'
import { chainOf, coordinateOf, isRoot, makesCalls, type FieldBinding } from './binding.ts'
import { findTypesAbove, possibleTypes, visibleFields } from './call-graph.ts'
import { mostKeys, oneForEachKey } from './row.ts'
import type { Report } from './problem.ts'
import { isUnbatched, misusedUnbatched } from './unbatched.ts'

type Fields = ReadonlyMap<string, FieldBinding>

/** Reports what can't work, or would be slow without bound, once all fields are bound. */
export function checkBindings(schema: GraphQLSchema, fields: Fields, report: Report): void {
  const subscription = schema.getSubscriptionType()
  if (subscription) report(subscription.astNode?.name, 'subscriptions are not supported; remove the type')
  const nodes = fieldNodes(schema)
  const at = (field: FieldBinding, message: string) => report(nodes.get(coordinateOf(field)), message)
  checkRoots(fields, at)
  if (checkCycles(fields, at)) return
  checkAccess(fields, at)
  checkUnbatched(fields, at)
  checkLists(schema, fields, at)
  checkReached(schema, fields, report)
}

type ReportAt = (field: FieldBinding, message: string) => void

function fieldNodes(schema: GraphQLSchema): Map<string, ASTNode | undefined> {
  return new Map(objectTypes(schema).flatMap((type) => Object.values(type.getFields()).map((field) => {
    return [`${type.name}.${field.name}`, field.astNode?.name] as const
  })))
}

function checkRoots(fields: Fields, at: ReportAt): void {
  for (const field of fields.values()) {
    if (!isRoot(field) || field.source.kind !== 'data') continue
    at(field, `nothing says where ${coordinateOf(field)} comes from; add @rest or @resolve`)
  }
}

function checkAccess(fields: Fields, at: ReportAt): void {
  for (const field of fields.values()) {
    const guarded = field.access.public ? chainOf(field).find(({ access }) => access.scopes !== null) : undefined
    if (guarded === undefined) continue
    at(field, `@public on ${coordinateOf(field)} contradicts the @auth of ${coordinateOf(guarded)}, where its value comes from; keep one`)
  }
}

function checkUnbatched(fields: Fields, at: ReportAt): void {
  for (const field of fields.values()) {
    const misuse = misusedUnbatched(field)
    if (misuse !== undefined) at(field, misuse)
  }
}

/** Reports fields whose value comes, over other fields, from themselves, and says whether there are any. */
function checkCycles(fields: Fields, at: ReportAt): boolean {
  const reported = new Set<FieldBinding>()
  for (const start of fields.values()) {
    const path: FieldBinding[] = []
    let field: FieldBinding = start
    while (field.source.kind === 'target' && !path.includes(field)) {
      path.push(field)
      field = field.source.target.field
    }
    if (field !== start || path.length === 0 || reported.has(field)) continue
    path.forEach((each) => reported.add(each))
    at(start, `${[...path, field].map(coordinateOf).join(' takes its value from ')}; break the cycle with a call`)
  }
  return reported.size > 0
}

interface Visit {
  readonly type: string
  /** The list above, and whether calls are never shared here. */
  readonly list: string | null
  readonly mutation: boolean
}

/** Follows every way that a client can select, with the list that is above it. */
function checkLists(schema: GraphQLSchema, fields: Fields, at: ReportAt): void {
  const byType = visibleFields(fields)
  const calling = findTypesAbove(schema, fields, makesCalls)
  const weighty = findTypesAbove(schema, fields, ({ cost, source }) => source.kind === 'data' && cost > 0)
  const seen = new Set<string>()
  const reported = new Set<FieldBinding>()
  const waiting: Visit[] = [{ type: 'Query', list: null, mutation: false }, { type: 'Mutation', list: null, mutation: true }]
  const once = (field: FieldBinding, message: string) => {
    if (!reported.has(field)) at(field, message)
    reported.add(field)
  }
  for (let visit = waiting.shift(); visit !== undefined; visit = waiting.shift()) {
    for (const field of byType.get(visit.type) ?? []) {
      if (visit.list !== null && field.unbatched === null && callsForEachItem(field, visit.mutation)) {
        const remedy = field.source.kind === 'code' ? 'take many parents at once with "load" and "max"' : 'find many at once with @batch'
        once(field, `${coordinateOf(field)} makes a call for each item of ${visit.list}; let it ${remedy}, or say for how many it may with @unbatched(max: …)`)
      }
      const isList = isListType(getNullableType(field.type))
      const above = possibleTypes(field, schema).some((name) => calling.has(name)) ? 'calls' : possibleTypes(field, schema).some((name) => weighty.has(name)) ? 'fields with a @cost' : null
      if (isList && above !== null && field.list === null && !oneForEachKey(field)) {
        once(field, `${coordinateOf(field)} is a list above ${above}; say how long it can be with @list(max: …)`)
      }
      if (above !== null && isNestedList(field)) {
        once(field, `${coordinateOf(field)} is a list of lists above ${above}, and nothing says how long the inner ones are; let it be one list`)
      }
      if (field.list === null && mostKeys(field) === null && chainOf(field).some(takesManyKeys)) {
        once(field, `${coordinateOf(field)} finds an object for each key of a list; say how long that can be with @list(max: …)`)
      }
      for (const type of possibleTypes(field, schema)) {
        const next = { type, list: isList ? coordinateOf(field) : visit.list, mutation: visit.mutation }
        const key = `${type} ${next.list !== null} ${next.mutation}`
        if (!seen.has(key)) waiting.push(next)
        seen.add(key)
      }
    }
  }
}

function isNestedList({ type }: FieldBinding): boolean {
  const bare = getNullableType(type)
  return isListType(bare) && isListType(getNullableType(bare.ofType))
}

function takesManyKeys({ source }: FieldBinding): boolean {
  return source.kind === 'target' && source.target.keys === 'each'
}

/** Calls that don't depend on the item are equal, and shared but under Mutation. */
function callsForEachItem(field: FieldBinding, mutation: boolean): boolean {
  return isUnbatched(field) && (field.source.kind === 'code' || field.reads.length > 0 || mutation)
}

function checkReached(schema: GraphQLSchema, fields: Fields, report: Report): void {
  const reached = new Set(['Query', 'Mutation', 'Subscription'])
  let before = -1
  while (before !== reached.size) {
    before = reached.size
    for (const field of fields.values()) {
      if (reached.has(field.parent)) possibleTypes(field, schema).forEach((type) => reached.add(type))
    }
  }
  for (const type of objectTypes(schema)) {
    if (!reached.has(type.name)) report(type.astNode?.name, `no field gives a ${type.name}, so nothing can fill its fields`)
  }
}
