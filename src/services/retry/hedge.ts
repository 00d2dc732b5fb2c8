import type { HedgeSettings } from '../../config/schema.ts'
import { readPath } from '../../match/path.ts'
import { matchesPattern, parsePattern } from '../../match/pattern.ts'
import { SluiceError } from '../../errors.ts'
import type { Latency } from '../latency.ts'
import type { Call } from '../service.ts'

/** Time after which a call is sent a second time, in ms; undefined for calls that are not. */
export type HedgeDelay = (call: Call) => number | undefined

const reads = new Set(['GET', 'HEAD', 'QUERY'])

/** Compiles when calls are hedged, after "The Tail at Scale" (Dean and Barroso, 2013). */
export function compileHedge(settings: HedgeSettings | undefined, latency: Latency): HedgeDelay {
  if (settings === undefined) return () => undefined
  const patterns = settings.paths.map(parsePattern)
  return ({ method, path, body, upgrade }) => {
    if (!reads.has(method) || upgrade !== undefined || (body !== null && typeof body === 'object' && !Buffer.isBuffer(body))) {
      return undefined
    }
    const read = readPath(path)
    if (read instanceof SluiceError || !patterns.some((pattern) => matchesPattern(pattern, read.segments))) return undefined
    const observed = latency.quantile(settings.after)
    return observed === undefined ? undefined : Math.max(settings.least, observed)
  }
}
