import type { CallTemplate, Literal } from '../binding.ts'
import type { Calls } from '../calls.ts'
import { parseTemplate } from '../expression.ts'
import type { Identity } from '../../identity.ts'
import { compilePath } from '../url-path.ts'
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
    spend(allowance)
    const sent = calls.send(templateOf(service, method, text, body), { arguments: values, identity })
    if (sent === null) return null
    const outcome = await sent
    return outcome.found ? outcome.value : null
  }
  const write: typeof send = async (method, ...call) => {
    if (!allowance.writes) throw new Error(`${allowance.coordinate} calls ${method}, and only fields of Mutation may change things`)
    return send(method, ...call)
  }
  return {
    get: (path, values) => unminded(send('GET', path, values)),
    post: (path, body, values) => unminded(send('POST', path, values, body)),
    put: (path, body, values) => unminded(write('PUT', path, values, body)),
    patch: (path, body, values) => unminded(write('PATCH', path, values, body)),
    delete: (path, values) => unminded(write('DELETE', path, values)),
  }
}

/** Code may fail, or end, before it awaits all of its calls; one that fails then must not end the process. */
function unminded(answer: Promise<unknown>): Promise<unknown> {
  answer.catch(() => undefined)
  return answer
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
