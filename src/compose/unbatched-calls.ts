import { SluiceError } from '../errors.ts'
import type { Outcome } from './answer.ts'
import { coordinateOf, type CallTemplate, type FieldBinding } from './binding.ts'
import { buildCall, nameOf } from './built-call.ts'
import type { Calls } from './calls.ts'
import type { Scope } from './expression.ts'

/** The calls of one operation's unbatched fields, within what their `@unbatched` allows. */
export class UnbatchedCalls {
  readonly #calls: Calls
  readonly #share: boolean
  readonly #made = new Map<FieldBinding, Set<unknown>>()

  /** `share` says whether equal calls are one. */
  constructor(calls: Calls, share: boolean) {
    this.#calls = calls
    this.#share = share
  }

  /** As `Calls.send`, for a row of `field`. Throws OPERATION_TOO_LARGE. */
  send(field: FieldBinding, template: CallTemplate, scope: Scope): Promise<Outcome> | null {
    if (field.unbatched !== null) {
      const call = buildCall(template, scope)
      if (call === null) return null
      this.spend(field, this.#share ? nameOf(template.service, call) : undefined)
    }
    return this.#calls.send(template, scope)
  }

  /** Counts what a row of a field needs, what has a name once. Throws OPERATION_TOO_LARGE. */
  spend(field: FieldBinding, name?: string): void {
    if (field.unbatched === null) return
    const made = this.#made.get(field) ?? new Set()
    if (made.size >= field.unbatched && !made.has(name)) throw tooMany(field, field.unbatched)
    this.#made.set(field, made.add(name ?? Symbol(coordinateOf(field))))
  }
}

function tooMany(field: FieldBinding, max: number): SluiceError {
  const detail = `${coordinateOf(field)} makes a call for each of its rows, and for at most ${max} in one operation. Ask for shorter lists.`
  return new SluiceError('OPERATION_TOO_LARGE', detail)
}
