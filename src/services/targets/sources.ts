import type { ServiceSettings, TargetSettings } from '../../config/schema.ts'
import { watchDns } from './dns.ts'
import { watchTargetFile } from './file.ts'
import { fixedEndpoints } from './fixed.ts'
import type { Found, Source, SourceParts } from './source.ts'
import { watchSrv } from './srv.ts'
import type { Endpoint } from './target.ts'

type Settings = Pick<ServiceSettings, 'targets' | 'resolvers' | 'http2'>

/**
 * Watches all that a service's `targets` name. `onChange` gets the endpoints of all of them, at once where some are
 * known without looking, and again when they are others than before.
 */
export function watchTargets(settings: Settings, parts: SourceParts, onChange: Found): Source {
  const lists: (readonly Endpoint[])[] = settings.targets.map(fixedEndpoints)
  let told = ''
  const tell = () => {
    const endpoints = distinct(lists.flat())
    const text = textOf(endpoints)
    if (text === told) return
    told = text
    onChange(endpoints)
  }
  tell()
  const sources = settings.targets.flatMap((target, index) => {
    if (fixedEndpoints(target).length > 0) return []
    return watchOne(target, settings, parts, (endpoints) => {
      lists[index] = endpoints
      tell()
    })
  })
  return {
    ready: Promise.all(sources.map(({ ready }) => ready)).then(() => undefined),
    close: () => sources.forEach((source) => source.close()),
  }
}

function watchOne(target: TargetSettings, { resolvers, http2 }: Settings, parts: SourceParts, found: Found): Source[] {
  const { dns, srv, file } = target
  if (dns !== undefined) return [watchDns(dns, target, resolvers, parts, found)]
  if (srv !== undefined) return [watchSrv(srv, target, resolvers, parts, found)]
  return file === undefined ? [] : [watchTargetFile(file, { http2 }, parts, found)]
}

/** An address is one target of its group, however often it is named; what names it first says its part. */
function distinct(endpoints: readonly Endpoint[]): Endpoint[] {
  const known = new Map<string, Endpoint>()
  for (const endpoint of endpoints) {
    const { url, address = '', group = '' } = endpoint
    const key = `${url} ${address} ${group}`
    if (!known.has(key)) known.set(key, endpoint)
  }
  return [...known.values()]
}

/** The same for the same endpoints in any order. */
function textOf(endpoints: readonly Endpoint[]): string {
  return endpoints.map((endpoint) => JSON.stringify(endpoint)).sort().join('\n')
}
