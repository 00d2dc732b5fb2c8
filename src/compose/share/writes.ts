import type { GatewayParts } from '../../policy.ts'
import { PassingSink } from '../../services/passing-sink.ts'
import type { CallFailure, CallHead, Flow, Service, Sink } from '../../services/service.ts'

/**
 * Counts the ends of writes to one service. A read that began before the count moved may know nothing of the write,
 * so nobody who comes later may have its answer.
 */
export class Writes {
  #ended = 0

  get ended(): number {
    return this.#ended
  }

  end(): void {
    this.#ended += 1
  }
}

/** A service's writes; the count goes on over a reload, since old and new gateways serve side by side for a while. */
export function leaseWrites(service: string, { lease }: Pick<GatewayParts, 'lease'>): Writes {
  return lease(`writes:${service}`, null, () => new Writes(), () => undefined)
}

/** The services, those that share their answers with their writes counted, whatever route or field makes them. */
export function withWritesCounted(
  services: ReadonlyMap<string, Service>, parts: Pick<GatewayParts, 'config' | 'lease'>,
): ReadonlyMap<string, Service> {
  return new Map([...services].map(([name, service]) => {
    return [name, parts.config.services[name]?.share === undefined ? service : counted(service, leaseWrites(name, parts))]
  }))
}

/** Methods that ask for no change (RFC 9110 section 9.2.1). A GET whose answer changes something is the service's fault. */
const reads: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Counts a service's writes before whoever made one is told of its end. */
export function counted({ dispatch, ...service }: Service, writes: Writes): Service {
  return {
    ...service,
    dispatch: (call, context, sink) => dispatch(call, context, reads.has(call.method) ? sink : new CountingSink(sink, writes)),
  }
}

/** A client that has the head of its answer may read what it wrote; what the service does until the end may change more. Nothing is changed by what was never sent. */
class CountingSink extends PassingSink {
  readonly #writes: Writes

  constructor(sink: Sink, writes: Writes) {
    super(sink)
    this.#writes = writes
  }

  override head(head: CallHead, flow: Flow): void {
    this.#writes.end()
    super.head(head, flow)
  }

  override end(trailers?: CallHead['headers']): void {
    this.#writes.end()
    super.end(trailers)
  }

  override fail(failure: CallFailure): void {
    if (failure.reached !== 'not-sent') this.#writes.end()
    super.fail(failure)
  }
}
