import type { CallTemplate, Literal } from '../binding.ts'
import type { Calls } from '../calls.ts'
import { compilePath, parseTemplate } from '../expression.ts'
import type { Identity } from '../../identity.ts'
import type { PathValues, ServiceCalls } from './define.ts'

/** What one run of a resolver may still do. */
export interface Allowance {
  /** `Type.field` */
  readonly coordinate: string
  /** Whether the field may change things. */
  readonly writes: boolean
  readonly most: number
  made: number
}

/** The services as one run of a resolver calls them. */
export function servicesFor(names: Iterable<string>, calls: Calls, identity: Identity, allowance: Allowance): Record<string, ServiceCalls> {
  return Object.fromEntries([...names].map((name) => [name, callsTo(name, calls, identity, allowance)]))
}

function callsTo(service: string, calls: Calls, identity: Identity, allowance: Allowance): ServiceCalls {
  const send = async (method: string, text: string, values: PathValues = {}, body?: unknown): Promise<unknown> => {
    const sent = calls.send(templateOf(service, method, text, body), { arguments: values, identity })
    if (sent === null) return null
    const outcome = await sent
    return outcome.found ? outcome.value : null
  }
  const write = async (method: string, path: string, values?: PathValues, body?: unknown): Promise<unknown> => {
    if (!allowance.writes) throw new Error(`${allowance.coordinate} calls ${method}, and only fields of Mutation may change things`)
    spend(allowance)
    return send(method, path, values, body)
  }
  const read = async (method: string, path: string, values?: PathValues, body?: unknown): Promise<unknown> => {
    spend(allowance)
    return send(method, path, values, body)
  }
  return {
    get: (path, values) => read('GET', path, values),
    post: (path, body, values) => read('POST', path, values, body),
    put: (path, body, values) => write('PUT', path, values, body),
    patch: (path, body, values) => write('PATCH', path, values, body),
    delete: (path, values) => write('DELETE', path, values),
  }
}

/** Bounds are worked out from what a resolver declares, so that it can't make more. */
function spend(allowance: Allowance): void {
  allowance.made += 1
  if (allowance.made <= allowance.most) return
  throw new Error(`${allowance.coordinate} makes more calls than the ${allowance.most} that it declares; say so with "calls"`)
}

function templateOf(service: string, method: string, text: string, content: unknown): CallTemplate {
  const template = parseTemplate(text)
  const body: Literal | null = content === undefined ? null : { references: [], list: false, evaluate: () => content }
  const path = compilePath(template, { naming: 'as-is' })
  return { service, naming: 'as-is', method, text, path, headers: [], body, references: template.references }
}
