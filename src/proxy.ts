import { parseTemplate } from './compose/expression.ts'
import { compilePath } from './compose/url-path.ts'
import type { ToSettings } from './config/schema.ts'
import { SluiceError, asSluiceError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { contextOf } from './services/context.ts'
import type { Service, Sink } from './services/service.ts'

/** Compiles the end of a REST route: the exchange becomes one call, whose answer goes to the sink as it comes. */
export function compileProxy(to: ToSettings, service: Service): (exchange: Exchange, sink: Sink) => void {
  const path = compileTarget(to.path)
  return (exchange, sink) => {
    try {
      const call = {
        method: exchange.method,
        path: path(exchange) + exchange.query,
        headers: exchange.outgoing,
        body: exchange.openBody(),
      }
      service.dispatch(call, contextOf(exchange), sink)
    } catch (thrown) {
      sink.fail({ error: asSluiceError(thrown), reached: 'not-sent' })
    }
  }
}

/** Without a template the path goes on exactly as it was matched; with one it is written anew from what matched. */
export function compileTarget(template: string | undefined): (exchange: Exchange) => string {
  if (template === undefined) return ({ path }) => path
  const closing = template.endsWith('/*')
  if (template === '/*') return ({ parameters }) => `/${parameters['*'] ?? ''}`
  const expand = compilePath(parseTemplate(closing ? template.slice(0, -2) : template), { naming: 'as-is' })
  return (exchange) => {
    const path = expand({ arguments: exchange.parameters, identity: exchange.identity })
    if (path === null) throw withoutValue(exchange)
    const rest = closing ? exchange.parameters['*'] : undefined
    const whole = rest === undefined ? path : `${path}/${rest}`
    return whole === '' ? '/' : whole
  }
}

function withoutValue({ identity }: Exchange): SluiceError {
  return identity.subject === null
    ? new SluiceError('UNAUTHENTICATED', 'This path depends on who asks; send a credential.')
    : new SluiceError('FORBIDDEN', 'This path depends on a claim that the identity does not have.')
}
