import type { ToSettings } from '../config/schema.ts'
import type { GatewayParts } from '../policy.ts'
import type { Dispatch, Service } from '../services/service.ts'
import { withWholeBody } from '../services/whole-body.ts'
import { withMirror } from './mirror.ts'
import { compileSplit, withSplit } from './split.ts'

/** The service of a route as the route uses it: in its own time, split between groups of targets, and mirrored. */
export function routeService(
  route: string, to: ToSettings, services: ReadonlyMap<string, Service>, parts: GatewayParts,
): Service {
  const service = services.get(to.service)
  if (service === undefined) throw new Error(`route ${route} goes to an unknown service`)
  const { timeout, split, mirror } = to
  let { dispatch } = service
  if (timeout !== undefined) dispatch = withTimeouts(dispatch, timeout)
  if (split !== undefined) {
    dispatch = withSplit(dispatch, compileSplit(split), (group) => parts.metrics.services.splits.inc({ route, group }))
  }
  const copies = services.get(mirror?.service ?? '')
  if (mirror !== undefined && copies !== undefined) {
    const most = parts.config.services[to.service]?.retry.body ?? 0
    dispatch = withCopies(dispatch, service, most, {
      to: copies,
      share: mirror.share,
      clock: parts.clock,
      random: Math.random,
      count: (outcome) => parts.metrics.services.mirrored.inc({ service: copies.name, outcome }),
    })
  }
  return { ...service, dispatch }
}

function withTimeouts(next: Dispatch, timeouts: NonNullable<ToSettings['timeout']>): Dispatch {
  return (call, context, sink) => next(call, { ...context, timeouts }, sink)
}

/** A copy needs the whole body; what the service's rules refuse is answered before any of it is read. */
function withCopies(next: Dispatch, { allows }: Service, most: number, mirror: Parameters<typeof withMirror>[1]): Dispatch {
  const copied = withWholeBody(withMirror(next, mirror), most)
  return (call, context, sink) => {
    const refused = allows(call.method, call.path, context.identity) !== undefined
    if (refused) next(call, context, sink)
    else copied(call, context, sink)
  }
}
