import { compileValue, parseTemplate, type Scope } from './compose/expression.ts'
import type { RespondSettings } from './config/schema.ts'
import { SluiceError, asSluiceError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { compileEdits } from './header-edits.ts'
import { present, type HeaderMap } from './headers.ts'
import { compileTarget } from './proxy.ts'
import type { End } from './route.ts'

/** Compiles the end of a route that the gateway answers itself. Throws `TemplateError`, which the checks find before. */
export function compileRespond(settings: RespondSettings): End {
  const { redirect } = settings
  const status = settings.status ?? redirect?.status ?? 200
  const write = compileBody(settings)
  const edits = compileEdits({ set: settings.headers, add: {}, remove: [] })
  const location = redirect === undefined ? undefined : compileLocation(redirect.to)
  return (exchange, sink) => {
    try {
      const scope = { arguments: exchange.parameters, identity: exchange.identity }
      const { type, body } = write(scope)
      const headers: HeaderMap = { 'content-type': type, location: location?.(exchange) }
      edits(scope)(headers)
      sink.answer({ status, headers: present(headers), body })
    } catch (thrown) {
      sink.answer(asSluiceError(thrown))
    }
  }
}

type WriteBody = (scope: Scope) => { type: string | undefined; body: string }

function compileBody({ body, json }: RespondSettings): WriteBody {
  if (json !== undefined) {
    const evaluate = compileJson(json)
    return (scope) => ({ type: 'application/json', body: JSON.stringify(evaluate(scope) ?? null) })
  }
  const constant = body === undefined ? { type: undefined, body: '' } : { type: 'text/plain; charset=utf-8', body }
  return () => constant
}

/** Compiles plain data in which texts are templates; the member of a map that has no value is left out. */
function compileJson(value: unknown): (scope: Scope) => unknown {
  if (typeof value === 'string') return compileValue(parseTemplate(value))
  if (typeof value !== 'object' || value === null) return () => value
  if (Array.isArray(value)) {
    const items = value.map(compileJson)
    return (scope) => items.map((item) => item(scope) ?? null)
  }
  const members = Object.entries(value).map(([name, member]) => [name, compileJson(member)] as const)
  return (scope) => Object.fromEntries(members.map(([name, member]) => [name, member(scope)]))
}

/**
 * The address of a redirect. Its host is a constant or none: expressions fill whole segments or write a query, and what
 * a closing `/*` passes on was read as a plain path, so nothing that a client sends can name another host.
 */
function compileLocation(to: string): (exchange: Exchange) => string {
  const origin = /^https?:\/\/[^/{]+/.exec(to)?.[0] ?? ''
  const path = compileTarget(to.slice(origin.length))
  const ownQuery = to.includes('?')
  return (exchange) => {
    const target = path(exchange)
    // Browsers read `//` and `/\` as the begin of a host; no template should come to that, and none may.
    if (!/^\/(?![/\\])/.test(target)) throw new SluiceError('PARAMETER_REFUSED', 'The redirect would lead to another host.')
    return origin + target + (ownQuery ? '' : exchange.query)
  }
}
