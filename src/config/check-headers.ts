import { compileHeader } from '../compose/expression.ts'
import type { HeaderEdits } from '../header-edits.ts'
import { isHopByHop } from '../hop-by-hop.ts'
import type { PolicyProblem } from '../policy.ts'
import { templateProblem } from './check-template.ts'
import type { Config } from './config.ts'
import { join } from './pointer.ts'

/** Fields that frame or route a request, or tell a service whom it serves. */
const ownOfRequests = ['content-length', 'host', 'x-request-id', 'forwarded', 'traceparent', 'tracestate']

/** Fields that frame an answer, or that other policies answer for. */
const ownOfAnswers = ['content-length', 'content-encoding', 'x-request-id', 'ratelimit', 'ratelimit-policy']

/** Fields that have one value, so a second would be read differently by each reader (RFC 9110 section 5.3). */
const single = new Set(['authorization', 'content-location', 'content-type', 'cookie', 'etag', 'expires', 'last-modified', 'location', 'retry-after', 'user-agent'])

/** What checks need to know of a route. */
export interface HeaderContext {
  /** Fields that may not be changed here. */
  readonly reserved: (name: string) => boolean
  /** Parameters of the route's path. */
  readonly parameters: readonly string[]
}

/** Which fields of a route's requests Sluice itself answers for: those that its service is told are among them. */
export function reservedInRequests(config: Config, route: string): HeaderContext['reserved'] {
  const service = config.services[config.routes[route]?.to?.service ?? '']
  const told = [...Object.keys(service?.identity?.headers ?? {}), ...(service?.forward ?? [])]
  const names = new Set([...ownOfRequests, ...told.map((name) => name.toLowerCase())])
  return (name) => isOfConnection(name) || names.has(name) || name.startsWith('x-forwarded-')
}

/** Which fields of answers Sluice itself answers for. */
export function reservedInAnswers(name: string): boolean {
  return isOfConnection(name) || ownOfAnswers.includes(name) || name.startsWith('access-control-')
}

/** Also what opens a WebSocket (RFC 6455 section 4). */
function isOfConnection(name: string): boolean {
  return isHopByHop(name) || name.startsWith('sec-websocket-')
}

/** What is wrong with edits; pointers count from them. */
export function editProblems({ set, add, remove }: HeaderEdits, context: HeaderContext): PolicyProblem[] {
  const twice = Object.keys(add).filter((name) => single.has(name.toLowerCase()))
  return [
    ...fieldProblems('/set', set, context),
    ...fieldProblems('/add', add, context),
    ...twice.map((name) => ({ pointer: join('/add', name), message: `${name} can only have one value; use "set"` })),
    ...remove.flatMap((name, index) => reservedProblem(join('/remove', index), name, context)),
  ]
}

/** What is wrong with fields and their templates; pointers begin with `at`. */
export function fieldProblems(at: string, fields: Readonly<Record<string, string>>, context: HeaderContext): PolicyProblem[] {
  return Object.entries(fields).flatMap(([name, text]) => {
    const pointer = join(at, name)
    const problem = templateProblem(text, compileHeader, context.parameters)
    return [...reservedProblem(pointer, name, context), ...(problem === undefined ? [] : [{ pointer, message: problem }])]
  })
}

function reservedProblem(pointer: string, name: string, { reserved }: HeaderContext): PolicyProblem[] {
  return reserved(name.toLowerCase()) ? [{ pointer, message: `${name} is not for routes to change; Sluice itself answers for it` }] : []
}
