import type { ServiceSettings } from '../config/schema.ts'
import { compileHeader, parseTemplate } from '../compose/expression.ts'
import { SluiceError } from '../errors.ts'
import { readPath } from '../match/path.ts'
import type { GatewayParts } from '../policy.ts'
import { compileAccess } from './access.ts'
import { roundRobin } from './balance.ts'
import { withDeadline } from './deadline.ts'
import { openHttpTarget, type HttpTargetSettings, type Target } from './http.ts'
import { openHttp2Target } from './http2.ts'
import { withRecord } from './record.ts'
import type { Dispatch, Service } from './service.ts'
import { withStamp, type IdentityHeader } from './stamp.ts'

/**
 * Builds a service: every call to it, whatever caused it, is recorded, checked against its access rules, stamped,
 * timed, and sent to one of its targets, in this order. Targets are leased, so they outlive a reload.
 */
export function buildService(name: string, settings: ServiceSettings, parts: GatewayParts): Service {
  const { timeout } = settings
  const targets = settings.targets.map(({ url }) => leaseTarget(name, {
    url,
    connections: settings.connections,
    connectMs: timeout.connect,
    ...(settings.http2 ? { http2: true } : {}),
    ...(settings.tls === undefined ? {} : { tls: settings.tls }),
  }, parts))
  const timed = withDeadline(roundRobin(targets), timeout, parts.clock)
  const stamped = withStamp(timed, identityHeaders(settings), settings.forward)
  const allows = compileAllows(settings)
  const checked = withAccess(stamped, allows)
  return { name, dispatch: withRecord(checked, name, parts.metrics, parts.clock), allows }
}

function leaseTarget(service: string, settings: HttpTargetSettings, parts: GatewayParts): Target {
  return parts.lease(`target:${service}`, settings, () => openTarget(settings), (target) => void target.close())
}

function openTarget(settings: HttpTargetSettings): Target {
  const http1 = openHttpTarget(settings)
  return settings.http2 === true ? openHttp2Target(settings, http1) : http1
}

function identityHeaders(settings: ServiceSettings): Record<string, IdentityHeader> {
  const headers = Object.entries(settings.identity?.headers ?? {}).map(([name, text]): [string, IdentityHeader] => {
    const write = compileHeader(parseTemplate(text))
    return [name, (identity) => write({ arguments: {}, identity })]
  })
  return Object.fromEntries(headers)
}

/** Reads the path as it will be sent, so that no route or field can reach a path past its rules. */
function compileAllows(settings: ServiceSettings): Service['allows'] {
  const access = compileAccess(settings.access)
  return (method, path, identity) => {
    const read = readPath(path)
    return read instanceof SluiceError ? read : access(method, read.segments, identity)
  }
}

function withAccess(next: Dispatch, allows: Service['allows']): Dispatch {
  return (call, context, sink) => {
    const refusal = allows(call.method, call.path, context.identity)
    if (refusal === undefined) next(call, context, sink)
    else sink.fail({ error: refusal, reached: 'not-sent' })
  }
}
