import { isAbstractType, isNonNullType, isObjectType, OperationTypeNode, type GraphQLResolveInfo } from 'graphql'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { denialOf } from './access.ts'
import { serviceError } from './answer.ts'
import { batchedField, Batches, only, type BatchedField } from './batch.ts'
import { coordinateOf, type Bound, type FieldBinding } from './binding.ts'
import type { Calls } from './calls.ts'
import { Parents } from './code/parent.ts'
import { CodeRuns } from './code/run.ts'
import type { Scope } from './expression.ts'
import { maskThrown } from './graphql-error.ts'
import type { Growth } from './growth.ts'
import type { Identity } from '../identity.ts'
import { nodeOf, type Outline } from './outline.ts'
import { checkLength, coded, longestList, oneForEachKey, readField, refuseLength, Row, shape, valueAt, type CallOrigin } from './row.ts'
import { Schedule } from './schedule.ts'
import { emptyList, endOf } from './source.ts'
import { typeNameOf } from './type-rule.ts'
import type { UnbatchedCalls } from './unbatched-calls.ts'

type Arguments = Readonly<Record<string, unknown>>

/** Where a field is resolved: its row, and the step that its keys go out with. */
interface Place {
  readonly row: Row | undefined
  readonly arguments: Arguments
  readonly step: string
}

export interface RunParts {
  readonly calls: Calls
  readonly unbatched: UnbatchedCalls
  readonly growth: Growth
  readonly outline: Outline
  readonly identity: Identity
  readonly log: Pick<Logger, 'error'>
  readonly signal: AbortSignal
  /** Names of the services. */
  readonly services: readonly string[]
  readonly clock: Clock
  /** For how long one run of a resolver in code may go on, in ms. */
  readonly longest: number
}

/** One operation while it is executed. */
export class Run {
  readonly parts: RunParts
  readonly schedule: Schedule
  readonly code: CodeRuns
  batches: Batches

  constructor(parts: RunParts) {
    this.parts = parts
    this.schedule = new Schedule(parts.outline)
    this.code = new CodeRuns({ ...parts, schedule: this.schedule })
    this.batches = this.#newBatches()
  }

  /** Forgets what was found, as each root field of a mutation must. */
  startAfresh(): void {
    this.batches = this.#newBatches()
    this.parts.calls.release()
  }

  #newBatches(): Batches {
    const { calls, identity } = this.parts
    return new Batches({ calls, identity, schedule: this.schedule })
  }
}

/** Gives every field of a bound schema the resolver that its binding asks for. */
export function attachResolvers({ schema, fields, types }: Bound): void {
  const parents = new Parents({ fields, types })
  for (const type of Object.values(schema.getTypeMap())) {
    const rule = types.get(type.name)
    if (isAbstractType(type) && rule !== undefined) {
      type.resolveType = (source: unknown) => source instanceof Row ? typeNameOf(source.value, rule, source.origin.naming) : undefined
    }
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const binding = fields.get(`${type.name}.${field.name}`)
      if (binding === undefined) continue
      const resolve = binding.source.kind === 'data' ? resolveData(binding) : resolveCall(binding, parents)
      field.resolve = (source: unknown, args: Arguments, run: unknown, info) => {
        if (!(run instanceof Run)) throw new Error('a bound schema is executed with a Run as its context')
        run.parts.growth.resolve()
        return resolve(source instanceof Row ? source : undefined, args, run, info)
      }
    }
  }
}

type Resolve = (row: Row | undefined, args: Arguments, run: Run, info: GraphQLResolveInfo) => unknown

function resolveData(field: FieldBinding): Resolve {
  return (row, args, run) => {
    try {
      refuseDenied(field, run)
      if (row === undefined) return null
      return shape(readField(row, field), field, row.origin, longestList(field, args))
    } catch (thrown) {
      throw maskThrown(thrown, run.parts.log)
    }
  }
}

function resolveCall(field: FieldBinding, parents: Parents): Resolve {
  return async (row, args, run, info) => {
    const isRoot = info.path.prev === undefined
    if (isRoot && info.operation.operation === OperationTypeNode.MUTATION) run.startAfresh()
    const node = nodeOf(info.path)
    const step = run.parts.outline.steps.get(node) ?? node
    try {
      return await run.schedule.follow(node, async () => {
        refuseDenied(field, run)
        const refusal = refuseLength(field, args)
        if (refusal !== undefined) throw refusal
        const { source } = field
        if (source.kind !== 'code') return await fetchField(field, { row, arguments: args, step }, run)
        run.parts.unbatched.spend(field)
        const value = await run.code.resolve({ field, code: source.code, parents, row, arguments: args, node })
        return shape(value, field, coded, longestList(field, args))
      })
    } catch (thrown) {
      throw maskThrown(thrown, run.parts.log)
    }
  }
}

function refuseDenied(field: FieldBinding, { parts: { identity } }: Run): void {
  const denial = denialOf(field, identity)
  if (denial !== undefined) throw denial
}

function scopeOf(field: FieldBinding, { row, arguments: args }: Place, { parts: { identity } }: Run): Scope {
  if (row === undefined || field.reads.length === 0) return { arguments: args, identity }
  const parent = Object.fromEntries(field.reads.map((read) => [read.name, readField(row, read)]))
  return { arguments: args, parent, identity }
}

async function fetchField(field: FieldBinding, place: Place, run: Run): Promise<unknown> {
  const longest = longestList(field, place.arguments)
  const asked = batchedField(field)
  if (asked !== undefined) return fetchAsked(asked, place, run)
  const end = endOf(field)
  const scope = end.scopeOf(scopeOf(field, place, run))
  if (scope === null) return null
  const keyed = batchedField(end.field)
  if (end.keys === null || keyed === undefined) return shapeFetched(await fetchRaw(field, end.field, scope, run), field, longest)
  const { arguments: args } = scope
  const { step } = place
  const key = args[keyed.batch.arg]
  if (key === undefined || key === null) return null
  if (end.keys === 'each') return fetchEach(keyed, Array.isArray(key) ? key : [key], { ...place, arguments: args }, run, { field, longest })
  const rows = await run.batches.load(keyed, args, key, step)
  return end.keys === 'one' ? only(rows, key, keyed) : listOf(rows, field, keyed, longest)
}

function listOf(rows: readonly Row[], field: FieldBinding, { call }: BatchedField, longest: number | null): unknown {
  checkLength(rows, field, { service: call.service, naming: call.naming }, longest)
  return field.callsBelow ? rows.map((row) => Promise.resolve(row)) : rows
}

interface Wanted {
  readonly field: FieldBinding
  readonly longest: number | null
}

/** One object for each key, in the order of the keys; each fails alone. */
async function fetchEach(batched: BatchedField, keys: readonly unknown[], place: Place, run: Run, wanted: Wanted): Promise<unknown> {
  const { call } = batched
  checkLength(keys, wanted.field, { service: call.service, naming: call.naming }, wanted.longest)
  const items = keys.map(async (key) => {
    if (key === null || key === undefined) return null
    try {
      return only(await run.batches.load(batched, place.arguments, key, place.step), key, batched)
    } catch (thrown) {
      throw maskThrown(thrown, run.parts.log)
    }
  })
  await Promise.allSettled(items)
  return items
}

/** A batched root field that a client asks for itself: one for each key, or all there are where items can't be null. */
async function fetchAsked(batched: BatchedField, place: Place, run: Run): Promise<unknown> {
  const { field, batch } = batched
  const given = place.arguments[batch.arg]
  const keys: readonly unknown[] = Array.isArray(given) ? given : []
  const longest = longestList(field, place.arguments)
  if (oneForEachKey(field)) return fetchEach(batched, keys, place, run, { field, longest })
  const distinct = [...new Set(keys.filter((key) => key !== null))]
  const found = await Promise.all(distinct.map((key) => run.batches.load(batched, place.arguments, key, place.step)))
  return listOf(found.flat(), field, batched, longest)
}

type Fetched = { readonly kind: 'value', readonly value: unknown, readonly origin: CallOrigin } | { readonly kind: 'none' | 'missing', readonly origin: CallOrigin }

/** The value of a field that isn't batched, as the service wrote it for the field that makes the call in the end. */
async function fetchRaw(asked: FieldBinding, field: FieldBinding, scope: Scope, run: Run): Promise<Fetched> {
  if (field.source.kind !== 'call') throw new Error(`${coordinateOf(field)} has no call`)
  const { call } = field.source
  const origin: CallOrigin = { service: call.service, naming: call.naming }
  const sent = run.parts.unbatched.send(asked, call, scope)
  if (sent === null) return emptyList(field, scope) ? { kind: 'value', value: [], origin } : { kind: 'none', origin }
  const outcome = await sent
  if (!outcome.found) return { kind: 'missing', origin }
  return { kind: 'value', value: valueAt(outcome.value, field.from[call.naming]), origin }
}

/** The bound field's own type decides about null. */
function shapeFetched(fetched: Fetched, field: FieldBinding, longest: number | null): unknown {
  if (fetched.kind === 'value') return shape(fetched.value, field, fetched.origin, longest)
  if (fetched.kind === 'missing' && isNonNullType(field.type)) throw serviceError(404, Buffer.alloc(0), fetched.origin.service)
  return null
}
