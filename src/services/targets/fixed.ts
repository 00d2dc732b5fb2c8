import { isIP } from 'node:net'
import type { TargetSettings } from '../../config/schema.ts'
import type { Endpoint } from './target.ts'

/** Where a target stands and what part of the calls it takes, as the config says it. */
export type Placed = Pick<TargetSettings, 'weight' | 'zone' | 'priority' | 'group'>

/** An endpoint at a place. */
export function placed(url: string, { weight, zone, priority, group }: Placed): Endpoint {
  return { url, weight, priority, ...(zone === undefined ? {} : { zone }), ...(group === undefined ? {} : { group }) }
}

/** The endpoints that are known without looking: those of `url`, and of `dns` where it has an address for a name. */
export function fixedEndpoints(settings: TargetSettings): Endpoint[] {
  const { url, dns } = settings
  if (url !== undefined) return [placed(url, settings)]
  return dns === undefined || isIP(hostOf(dns)) === 0 ? [] : [placed(dns, settings)]
}

/** The host of an address, an IPv6 one without its brackets. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}
