import { isNonNullType } from 'graphql'
import { serviceError, type Outcome } from '../answer.ts'
import { batchedField, type BatchedField } from '../batch.ts'
import { coordinateOf, type FieldBinding } from '../binding.ts'
import type { Scope } from '../expression.ts'
import { checkLength, longestList, oneForEachKey, valueAt, type CallOrigin } from '../row.ts'
import { emptyList, followTargets, type End } from '../source.ts'
import type { Entry } from './entry.ts'
import { Keys, type Want } from './keys.ts'
import type { Step } from './plan.ts'
import type { RunParts } from './run.ts'

type Arguments = Readonly<Record<string, unknown>>

/** Gives entries their values: by a call of their own, or by keys that one call finds together. */
export class Fetcher {
  readonly #arguments: readonly (Arguments | null)[]
  readonly #parts: RunParts
  readonly #keys: Keys

  constructor(args: readonly (Arguments | null)[], parts: RunParts) {
    this.#arguments = args
    this.#parts = parts
    this.#keys = new Keys(parts)
  }

  /** Begins to find an entry's value; keys wait until their step is flushed. */
  fetch(entry: Entry): void {
    try {
      this.#fetch(entry)
    } catch (thrown) {
      entry.fail(thrown)
    }
  }

  /** Sends the keys that wait for this step. */
  flush(step: Step): void {
    this.#keys.flush(step)
  }

  #fetch(entry: Entry): void {
    const { field, step } = entry.node
    const { binding } = field
    const args = this.#arguments[field.index] ?? {}
    const asked = batchedField(binding)
    if (asked !== undefined) return this.#keys.want(askedKeys(asked, args, entry), step)
    const end = followTargets(binding, this.#scope(args, entry))
    if (end === null) return entry.succeed(null)
    const keyed = batchedField(end.field)
    if (end.keys === null || keyed === undefined) return this.#fetchAlone(end, entry)
    const key = end.scope.arguments[keyed.batch.arg] ?? null
    if (key === null) return entry.succeed(null)
    this.#keys.want({ entry, target: keyed, arguments: end.scope.arguments, ...keysOf(end.keys, key, keyed, binding, args) }, step)
  }

  #scope(args: Arguments, { data, node }: Entry): Scope {
    const { identity } = this.#parts
    if (node.reads.length === 0) return { arguments: args, identity }
    const parent: Record<string, unknown> = {}
    for (const [name, read] of node.reads) parent[name] = read(data)
    return { arguments: args, identity, parent }
  }

  #fetchAlone({ field, scope }: End, entry: Entry): void {
    if (field.source.kind !== 'call') throw new Error(`${coordinateOf(field)} has no call`)
    const { call } = field.source
    const sent = this.#parts.calls.send(call, scope)
    if (sent === null) return entry.succeed(emptyList(field, scope) ? [] : null)
    sent.then((outcome) => settle(outcome, field, call, entry), (thrown: unknown) => entry.fail(thrown))
  }
}

function settle(outcome: Outcome, field: FieldBinding, { service, naming }: CallOrigin, entry: Entry): void {
  if (outcome.found) return entry.succeed(valueAt(outcome.value, field.from[naming]))
  // The bound field's own type decides about null.
  if (isNonNullType(entry.node.field.binding.type)) entry.fail(serviceError(404, Buffer.alloc(0), service))
  else entry.succeed(null)
}

/** A batched root field that a client asks for itself: one for each key, or all there are where items can't be null. */
function askedKeys(target: BatchedField, args: Arguments, entry: Entry): Want {
  const { field, batch } = target
  const given = args[batch.arg]
  const keys: readonly unknown[] = Array.isArray(given) ? given : []
  const about = { entry, target, arguments: args }
  if (!oneForEachKey(field)) return { ...about, mode: 'many', keys: [...new Set(keys.filter((key) => key !== null))] }
  checkLength(keys, field, target.call, longestList(field, args))
  return { ...about, mode: 'each', keys }
}

function keysOf(mode: Want['mode'], key: unknown, { call }: BatchedField, field: FieldBinding, args: Arguments): Pick<Want, 'mode' | 'keys'> {
  const keys: readonly unknown[] = mode === 'each' && Array.isArray(key) ? key : [key]
  if (mode === 'each') checkLength(keys, field, call, longestList(field, args))
  return { mode, keys }
}
