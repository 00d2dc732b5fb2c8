import { CONNREFUSED, NODATA, NOTFOUND, TIMEOUT, type RecordWithTtl, type SrvRecord } from 'node:dns'
import { Resolver, lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

/** For an answer, in ms and then twice that, before a server is given up: UDP loses some. */
const patience = { timeout: 1000, tries: 2 }
/** How long what the system knows is believed, in seconds: a hosts file has no TTL. */
const systemTtl = 30

export interface Addresses {
  readonly addresses: readonly string[]
  /** How long they hold. */
  readonly ttlMs: number
}

interface Told {
  readonly records: readonly RecordWithTtl[]
  readonly failure?: unknown
}

/** One lookup: questions to DNS that end together. Each lookup reads afresh which servers the system has. */
export class Lookup {
  readonly #resolver = new Resolver(patience)
  readonly #end = new AbortController()
  readonly #bySystem: boolean

  constructor(servers: readonly string[]) {
    this.#bySystem = servers.length === 0
    if (!this.#bySystem) this.#resolver.setServers(servers)
  }

  /**
   * The addresses of a name; those of `known` stand for a family (IPv4, IPv6) that could not be asked. Rejects where
   * there are none.
   */
  async addresses(name: string, known: readonly string[]): Promise<Addresses> {
    this.#end.signal.throwIfAborted()
    const options = { ttl: true } as const
    const questions = [this.#resolver.resolve4(name, options), this.#resolver.resolve6(name, options)]
    const told = await Promise.all(questions.map(settled))
    const fresh = told.flatMap(({ records }) => records)
    const records = fresh.length > 0 ? fresh : await this.#elsewhere(name, told)
    const kept = known.filter((address) => couldNotBeAsked(told[isIP(address) === 4 ? 0 : 1]?.failure))
    return {
      addresses: [...new Set([...records.map(({ address }) => address), ...kept])],
      ttlMs: 1000 * Math.min(...records.map(({ ttl }) => ttl)),
    }
  }

  /** The SRV records of a name; rejects where there are none. */
  async services(name: string): Promise<SrvRecord[]> {
    this.#end.signal.throwIfAborted()
    return this.#resolver.resolveSrv(name)
  }

  cancel(): void {
    this.#end.abort(Object.assign(new Error('the lookup took too long'), { code: TIMEOUT }))
    this.#resolver.cancel()
  }

  /**
   * What DNS does not know the system may, from its hosts file or for its search list. It is not asked where DNS
   * fails: that would hold a thread for as long as DNS is silent, and the same threads read files.
   */
  async #elsewhere(name: string, told: readonly Told[]): Promise<RecordWithTtl[]> {
    const failures = told.map(({ failure }) => failure)
    const failure = failures.find(couldNotBeAsked) ?? failures[0]
    if (!this.#bySystem || (couldNotBeAsked(failure) && codeOf(failure) !== CONNREFUSED)) throw failure
    const found = await lookup(name, { all: true })
    return found.map(({ address }) => ({ address, ttl: systemTtl }))
  }
}

function settled(question: Promise<RecordWithTtl[]>): Promise<Told> {
  return question.then((records) => ({ records }), (failure: unknown) => ({ records: [], failure }))
}

function couldNotBeAsked(failure: unknown): boolean {
  return failure !== undefined && !isUnknown(failure)
}

/** Whether DNS answered that there is no such thing. */
export function isUnknown(failure: unknown): boolean {
  const code = codeOf(failure)
  return code === NOTFOUND || code === NODATA
}

/** The code of an error of DNS; '' where it has none. */
export function codeOf(failure: unknown): string {
  return failure instanceof Error && 'code' in failure ? String(failure.code) : ''
}
