import { NOTFOUND, type SrvRecord } from 'node:dns'
import type { TargetSettings } from '../../config/schema.ts'
import { placed, type Placed } from './fixed.ts'
import type { Addresses, Lookup } from './lookup.ts'
import { Refresh } from './refresh.ts'
import type { Found, Source, SourceParts } from './source.ts'
import type { Endpoint } from './target.ts'

type Settings = Placed & Pick<TargetSettings, 'scheme'>

/** Longest time between lookups, in ms: Node does not tell the TTL of SRV records, and 30 s is a common one. */
const longest = 30_000

/** Addresses by the name they belong to. */
type Book = ReadonlyMap<string, Addresses>

/** Watches SRV records (RFC 2782) and the addresses of the names in them; each is an endpoint of its own. */
export function watchSrv(
  srv: string, settings: Settings, resolvers: readonly string[], parts: SourceParts, found: Found,
): Source {
  let known: Book = new Map()
  return new Refresh({
    name: srv,
    resolvers,
    ask: async (lookup) => {
      const records = await recordsOf(srv, lookup)
      known = await addressesOf(new Set(records.map(({ name }) => name)), lookup, known)
      const endpoints = records.flatMap((record) => endpointsOf(record, records, known, settings))
      return { endpoints, ttlMs: Math.min(longest, ...[...known.values()].map(({ ttlMs }) => ttlMs)) }
    },
  }, parts, found)
}

/** A record with the root as its target says that there is no such service; one whose target is no host's name is none. */
async function recordsOf(srv: string, lookup: Lookup): Promise<SrvRecord[]> {
  const records = (await lookup.services(srv)).filter(({ name }) => isHost(name))
  if (records.length === 0) throw Object.assign(new Error(`there is no service at ${srv}`), { code: NOTFOUND })
  return records
}

/** Whether a name can stand in a URL as what it is: DNS can hold any bytes, and `host.1` would be a broken address. */
function isHost(name: string): boolean {
  return /^[\w-]+(\.[\w-]+)*\.?$/.test(name) && URL.canParse(`http://${name}`)
}

/** A name that can't be looked up keeps the addresses that it had; rejects where no name has any. */
async function addressesOf(names: ReadonlySet<string>, lookup: Lookup, known: Book): Promise<Book> {
  const book = new Map<string, Addresses>()
  const failures: unknown[] = []
  await Promise.all([...names].map(async (name) => {
    const before = known.get(name)
    const addresses = await lookup.addresses(name, before?.addresses ?? []).catch((failure: unknown) => {
      failures.push(failure)
      return before
    })
    if (addresses !== undefined) book.set(name, addresses)
  }))
  if (book.size === 0) throw failures[0]
  return book
}

/** The record's weight is that of all addresses of its name together. */
function endpointsOf(
  record: SrvRecord, records: readonly SrvRecord[], book: Book, settings: Settings,
): Endpoint[] {
  const addresses = book.get(record.name)?.addresses ?? []
  const url = `${settings.scheme}://${record.name}:${record.port}`
  const place = { ...settings, priority: record.priority, weight: weightOf(record, records) / addresses.length }
  return addresses.map((address) => ({ ...placed(url, place), address }))
}

/** Records of weight 0 have a very small chance beside others (RFC 2782): together that of one whose weight is 1. */
function weightOf({ weight, priority }: SrvRecord, records: readonly SrvRecord[]): number {
  if (weight > 0) return weight
  const alike = records.filter((other) => other.priority === priority && other.weight === 0)
  return 1 / alike.length
}
