import type { Clock } from '../clock.ts'
import { SluiceError } from '../errors.ts'
import type { Exchange, Fallback } from '../exchange.ts'
import type { HeaderMap } from '../headers.ts'
import { contextOf } from '../services/context.ts'
import { collect } from '../services/collect.ts'
import type { Call, CallContext, Service } from '../services/service.ts'
import { readAnswer, type Outcome } from './answer.ts'
import type { CallTemplate } from './binding.ts'
import type { Scope } from './expression.ts'
import { Trace, type TracedCall } from './trace.ts'

const maxAnswerBytes = 10 * 1024 * 1024

export interface CallSettings {
  readonly services: ReadonlyMap<string, Service>
  /** Most calls of one operation. */
  readonly most: number
  readonly clock: Clock
}

/** An answer that something gave in a service's place. */
export interface FallbackNote {
  readonly service: string
  readonly kind: Fallback
}

/** The calls of one operation: counted, and shared where equal. */
export class Calls {
  readonly #settings: CallSettings
  readonly #context: CallContext
  readonly #shared: Map<string, Promise<Outcome>> | null
  readonly #trace: Trace | null
  readonly #traced = new Map<string, TracedCall>()
  readonly #fallbacks = new Map<string, FallbackNote>()
  #made = 0
  #reserved: number
  #ended = false

  /** Calls under Mutation are never shared, and what is read below one root field must not use up the calls of later ones. */
  constructor(exchange: Exchange, settings: CallSettings, { share, reserved, trace = false }: { share: boolean, reserved: number, trace?: boolean }) {
    this.#settings = settings
    this.#shared = share ? new Map() : null
    this.#context = contextOf(exchange)
    this.#trace = trace ? new Trace(settings.clock) : null
    this.#reserved = reserved
  }

  /** Frees one of the reserved calls, for the field that is about to make it. */
  release(): void {
    this.#reserved -= 1
  }

  /** The answer is complete: fields that null took the place of, and keys that still wait, make no call any more. */
  end(): void {
    this.#ended = true
  }

  /** What answered in services' places so far, each once. */
  get fallbacks(): readonly FallbackNote[] {
    return [...this.#fallbacks.values()]
  }

  /** The calls that were made, where they are followed. */
  get traced(): readonly TracedCall[] {
    return this.#trace?.calls ?? []
  }

  /** Makes the call, or takes the answer of an equal one; null where an expression in the path has no value. */
  send(template: CallTemplate, scope: Scope): Promise<Outcome> | null {
    const path = template.path(scope)
    if (path === null) return null
    const call = this.#build(template, path, scope)
    if (this.#shared === null) return this.#dispatch(template.service, call, this.#trace?.begin(template.service, call))
    const key = JSON.stringify([template.service, call.method, path, call.headers, call.body])
    const known = this.#shared.get(key)
    if (known !== undefined) {
      const traced = this.#traced.get(key)
      if (traced !== undefined) traced.shared += 1
      return known
    }
    const traced = this.#trace?.begin(template.service, call)
    if (traced !== undefined) this.#traced.set(key, traced)
    const outcome = this.#dispatch(template.service, call, traced)
    this.#shared.set(key, outcome)
    return outcome
  }

  #build({ method, headers, body }: CallTemplate, path: string, scope: Scope): Call & { body: string | null } {
    const fields: HeaderMap = { accept: 'application/json' }
    for (const { name, value } of headers) {
      const text = value(scope)
      if (text !== undefined) fields[name] = text
    }
    const content = body?.evaluate(scope)
    if (content === undefined) return { method, path, headers: fields, body: null }
    fields['content-type'] ??= 'application/json'
    return { method, path, headers: fields, body: JSON.stringify(content) }
  }

  async #dispatch(name: string, call: Call, traced: TracedCall | undefined): Promise<Outcome> {
    const { services, most } = this.#settings
    const service = services.get(name)
    if (service === undefined) throw new Error(`the service "${name}" is bound but was never built`)
    if (this.#ended) throw new SluiceError('CLIENT_GONE', 'The answer was complete before this call.')
    if (this.#made >= most - this.#reserved) {
      throw new SluiceError('OPERATION_TOO_LARGE', `The operation needs more than the ${most} calls that one operation may make.`)
    }
    this.#made += 1
    try {
      const answer = await collect(service, call, this.#contextOf(traced), { maxBytes: maxAnswerBytes })
      const { fallback: kind } = answer
      if (kind !== undefined) this.#fallbacks.set(`${name} ${kind}`, { service: name, kind })
      return readAnswer(answer, name)
    } catch (thrown) {
      throw thrown instanceof SluiceError ? withService(thrown, name) : thrown
    } finally {
      if (traced !== undefined) this.#trace?.end(traced)
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
