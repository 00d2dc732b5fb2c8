import { isNonNullType } from 'graphql'
import { serviceError, type Outcome } from '../answer.ts'
import type { BatchedField } from '../batch.ts'
import { coordinateOf, type FieldBinding } from '../binding.ts'
import type { Scope } from '../expression.ts'
import { checkLength, longestList, oneForEachKey, valueAt, type CallOrigin } from '../row.ts'
import { emptyList } from '../source.ts'
import type { Entry } from './entry.ts'
import { Keys } from './keys.ts'
import type { Step } from './plan.ts'
import type { RunParts } from './run.ts'

type Arguments = Readonly<Record<string, unknown>>

const none: Arguments = Object.freeze({})

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
    const { field, end, batched } = entry.node
    const args = this.#arguments[field.index] ?? none
    if (batched !== undefined && batched.field === field.binding) return this.#fetchAsked(entry, batched, args)
    const scope = end.scopeOf(this.#scope(args, entry))
    if (scope === null) return entry.succeed(null)
    if (batched === undefined) return this.#fetchAlone(end.field, scope, entry)
    const key = scope.arguments[batched.batch.arg] ?? null
    if (key === null) return entry.succeed(null)
    if (end.keys !== 'each') return this.#keys.wantOne(entry, batched, scope.arguments, end.keys ?? 'one', key)
    const keys: readonly unknown[] = Array.isArray(key) ? key : [key]
    checkLength(keys, field.binding, batched.call, longestList(field.binding, args))
    this.#keys.want(entry, batched, scope.arguments, 'each', keys)
  }

  #scope(args: Arguments, { data, node: { reads } }: Entry): Scope {
    const { identity } = this.#parts
    if (reads.length === 0) return { arguments: args, identity }
    const parent: Record<string, unknown> = {}
    for (const [name, read] of reads) parent[name] = read(data)
    return { arguments: args, identity, parent }
  }

  /** A batched root field that a client asks for itself: one for each key, or all there are where items can't be null. */
  #fetchAsked(entry: Entry, target: BatchedField, args: Arguments): void {
    const { field, batch, call } = target
    const given = args[batch.arg]
    const keys: readonly unknown[] = Array.isArray(given) ? given : []
    if (!oneForEachKey(field)) return this.#keys.want(entry, target, args, 'many', [...new Set(keys.filter((key) => key !== null))])
    checkLength(keys, field, call, longestList(field, args))
    this.#keys.want(entry, target, args, 'each', keys)
  }

  #fetchAlone(field: FieldBinding, scope: Scope, entry: Entry): void {
    if (field.source.kind !== 'call') throw new Error(`${coordinateOf(field)} has no call`)
    const { call } = field.source
    const sent = this.#parts.unbatched.send(entry.node.field.binding, call, scope)
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
