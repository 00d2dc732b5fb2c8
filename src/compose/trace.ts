import type { Clock } from '../clock.ts'
import type { CallRecord } from '../exchange.ts'
import type { CallTemplate } from './binding.ts'
import { buildCall, nameOf, type BuiltCall } from './built-call.ts'
import type { Scope } from './expression.ts'

/** One call of an operation, as whoever may ask for it is told. Where the service is stays out of it. */
export interface TracedCall {
  readonly service: string
  readonly method: string
  readonly path: string
  /** How many keys it asks for at once; null where its call takes none. */
  readonly keys: number | null
  /** When it began, in ms since the operation did. */
  readonly at: number
  /** Until the whole answer was there, in ms; null where it was not waited for. */
  ms: number | null
  status: number | null
  code: string | null
  attempts: number
  hedged: boolean
  fallback: string | null
  /** How many more fields took the same answer. */
  shared: number
  /** Whether another request made the call and this one took its answer. */
  joined: boolean
}

/** Follows the calls of one operation. */
export class Trace {
  readonly calls: TracedCall[] = []
  readonly #clock: Clock
  readonly #began: number
  readonly #reads = new Set<string>()
  #writes = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#began = clock.elapsed()
  }

  /**
   * How many calls a client of the services makes for the same answer: one for each object, so that each key of a
   * batch is a call, and no GET twice, for it remembers what it has.
   */
  get withoutComposition(): number {
    return this.#reads.size + this.#writes
  }

  /** Begins to follow a call; `batched` names the argument that holds its keys. */
  begin(template: CallTemplate, scope: Scope, made: BuiltCall, batched: string | null): TracedCall {
    const { service } = template
    const { method, path } = made
    const alone = batched === null ? [made] : oneByOne(template, scope, batched)
    if (method === 'GET') for (const each of alone) this.#reads.add(nameOf(service, each))
    else this.#writes += alone.length
    const call: TracedCall = {
      service, method, path, keys: batched === null ? null : alone.length, at: this.#elapsed(), ms: null,
      status: null, code: null, attempts: 0, hedged: false, fallback: null, shared: 0, joined: false,
    }
    this.calls.push(call)
    return call
  }

  /** Takes over what the call's record says. */
  note(call: TracedCall, { status, code, attempts, hedged, fallback }: CallRecord): void {
    Object.assign(call, { status, code, attempts, hedged, fallback })
  }

  end(call: TracedCall): void {
    call.ms = toMicroseconds(this.#elapsed() - call.at)
  }

  #elapsed(): number {
    return toMicroseconds(this.#clock.elapsed() - this.#began)
  }
}

/** Times in ms that end where a clock's noise begins. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** The calls that would ask for each key of a batch by itself. */
function oneByOne(template: CallTemplate, scope: Scope, batched: string): BuiltCall[] {
  const keys = scope.arguments[batched]
  if (!Array.isArray(keys)) return []
  return keys.flatMap((key: unknown) => buildCall(template, { ...scope, arguments: { ...scope.arguments, [batched]: [key] } }) ?? [])
}
