import type { Clock } from '../clock.ts'
import { asSluiceError, SluiceError } from '../errors.ts'
import type { Exchange, Fallback } from '../exchange.ts'
import { contextOf } from '../services/context.ts'
import { LinkedAbort } from '../services/linked-abort.ts'
import { collect, type CollectedAnswer } from '../services/collect.ts'
import type { Call, CallContext, Service } from '../services/service.ts'
import { readAnswer, type Outcome } from './answer.ts'
import type { CallTemplate } from './binding.ts'
import { buildCall, nameOf } from './built-call.ts'
import type { Scope } from './expression.ts'
import type { Selections } from './plan/select.ts'
import type { SharedCalls } from './share/shared-calls.ts'
import { Trace, type TracedCall } from './trace.ts'

const maxAnswerBytes = 10 * 1024 * 1024

export interface CallSettings {
  readonly services: ReadonlyMap<string, Service>
  /** Most calls of one operation. */
  readonly most: number
  readonly clock: Clock
  /** Calls that other requests make at the same time, of services that share them. */
  readonly shared?: SharedCalls | undefined
}

export interface CallOptions {
  /** Whether equal calls are one. */
  readonly share: boolean
  readonly reserved: number
  readonly trace?: boolean
  /** What calls add to their query; where it is left out, services answer with everything. */
  readonly selections?: Selections
}

/** What ends calls that nobody waits for any more; one reason serves for all. */
const complete = new SluiceError('CLIENT_GONE', 'The answer was complete before this call had its own.')

/** An answer that something gave in a service's place. */
export interface FallbackNote {
  readonly service: string
  readonly kind: Fallback
}

/** The calls of one operation: counted, and shared where equal. */
export class Calls {
  readonly #settings: CallSettings
  #context: CallContext
  readonly #record: Exchange['record']
  readonly #shared: Map<string, Promise<Outcome>> | null
  readonly #trace: Trace | null
  readonly #traced = new Map<string, TracedCall>()
  readonly #fallbacks = new Map<string, FallbackNote>()
  readonly #selections: Selections | undefined
  #made = 0
  #reserved: number
  #open = false
  #ended = false
  #told: ((made: number) => void) | undefined

  /** Calls under Mutation are never shared, and what is read below one root field must not use up the calls of later ones. */
  constructor(exchange: Exchange, settings: CallSettings, { share, reserved, trace = false, selections }: CallOptions) {
    this.#settings = settings
    this.#shared = share ? new Map() : null
    this.#context = contextOf(exchange)
    this.#record = exchange.record
    this.#trace = trace ? new Trace(settings.clock) : null
    this.#reserved = reserved
    this.#selections = selections
  }

  /**
   * Does the work that makes the calls; they last until this signal aborts, in the place of the exchange's own, or the
   * work is done. Where it `endsEarly`, while others of its calls are under way, these are given up.
   */
  async during<T>(outer: AbortSignal, endsEarly: boolean, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const own = endsEarly ? new LinkedAbort(outer) : undefined
    const signal = own?.signal ?? outer
    this.#context = { ...this.#context, signal }
    this.#open = true
    try {
      return await work(signal)
    } finally {
      this.#end()
      own?.end(complete)
    }
  }

  /** Frees one of the reserved calls, for the field that is about to make it. */
  release(): void {
    this.#reserved = Math.max(0, this.#reserved - 1)
  }

  /** The answer is complete: fields that null took the place of, and keys that still wait, make no call any more. */
  #end(): void {
    this.#ended = true
    this.#open = false
    this.#told?.(this.#made)
  }

  /** Tells how many calls were made, shared ones once: now, or once no more follow where others wait for them still. */
  count(tell: (made: number) => void): void {
    if (this.#open) this.#told = tell
    else tell(this.#made)
  }

  /** What answered in services' places so far, each once. */
  get fallbacks(): readonly FallbackNote[] {
    return [...this.#fallbacks.values()]
  }

  /** The calls that were made, where they are followed. */
  get trace(): Pick<Trace, 'calls' | 'withoutComposition'> | null {
    return this.#trace
  }

  /**
   * Makes the call, or takes the answer of an equal one; null where an expression in the path has no value. `batched`
   * names the argument that holds the keys of a call for several objects.
   */
  send(template: CallTemplate, scope: Scope, batched: string | null = null): Promise<Outcome> | null {
    const call = buildCall(template, scope, this.#selections?.get(template))
    if (call === null) return null
    if (this.#shared === null) return this.#dispatch(template.service, call, this.#trace?.begin(template, scope, call, batched))
    const key = nameOf(template.service, call)
    const known = this.#shared.get(key)
    if (known !== undefined) {
      const traced = this.#traced.get(key)
      if (traced !== undefined) traced.shared += 1
      return known
    }
    const traced = this.#trace?.begin(template, scope, call, batched)
    if (traced !== undefined) this.#traced.set(key, traced)
    const outcome = this.#dispatch(template.service, call, traced)
    this.#shared.set(key, outcome)
    return outcome
  }

  async #dispatch(name: string, call: Call, traced: TracedCall | undefined): Promise<Outcome> {
    const { services, most } = this.#settings
    const service = services.get(name)
    if (service === undefined) throw new Error(`the service "${name}" is bound but was never built`)
    if (this.#ended) throw complete
    if (this.#made >= most - this.#reserved) {
      throw new SluiceError('OPERATION_TOO_LARGE', `The operation needs more than the ${most} calls that one operation may make.`)
    }
    this.#made += 1
    try {
      const answer = await this.#collect(service, call, traced)
      const { fallback: kind } = answer
      if (kind !== undefined) this.#fallbacks.set(`${name} ${kind}`, { service: name, kind })
      return readAnswer(answer, name)
    } catch (thrown) {
      throw thrown instanceof SluiceError ? withService(thrown, name) : thrown
    } finally {
      if (traced !== undefined) this.#trace?.end(traced)
    }
  }

  /** Makes the call, or takes the answer of an equal one that another request makes now. */
  async #collect(service: Service, call: Call, traced: TracedCall | undefined): Promise<CollectedAnswer> {
    const context = this.#contextOf(traced)
    const limits = { maxBytes: maxAnswerBytes }
    const taken = this.#shared === null ? undefined : this.#settings.shared?.take(service, call, context, limits)
    if (taken === undefined) return collect(service, call, context, limits)
    return taken.joined ? this.#join(taken.answer, traced) : taken.answer
  }

  /** Takes the answer of a call that is none of this operation's own, so that nobody else notes what became of it. */
  async #join(shared: Promise<CollectedAnswer>, traced: TracedCall | undefined): Promise<CollectedAnswer> {
    this.#made -= 1
    const { fields } = this.#record
    fields['sharedCalls'] = Number(fields['sharedCalls'] ?? 0) + 1
    if (traced === undefined) return shared
    traced.joined = true
    try {
      const answer = await shared
      traced.status = answer.status
      return answer
    } catch (thrown) {
      traced.code = asSluiceError(thrown).code
      throw thrown
    }
  }

  /** What a call inherits; where calls are followed, its record is told to the trace too. */
  #contextOf(traced: TracedCall | undefined): CallContext {
    if (traced === undefined) return this.#context
    return {
      ...this.#context,
      record: (facts) => {
        this.#context.record?.(facts)
        this.#trace?.note(traced, facts)
      },
    }
  }
}

function withService(error: SluiceError, service: string): SluiceError {
  if (error.extensions['service'] !== undefined) return error
  const { code, message, headers, extensions } = error
  return new SluiceError(code, message, { cause: error, headers, extensions: { ...extensions, service } })
}
