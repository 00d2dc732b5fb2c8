import { isFieldText } from '../compose/expression.ts'
import type { CheckContext } from './check.ts'
import { reservedInAnswers } from './check-headers.ts'
import { bodyProblems } from './check-respond.ts'
import type { Config } from './config.ts'
import { join } from './pointer.ts'
import type { FallbackSettings } from './schema.ts'
import { suggest } from './suggest.ts'

/** Checks what answers in the place of the service `name`. */
export function checkFallback(context: CheckContext, name: string, { stale, service, respond }: FallbackSettings): void {
  const { sound, report } = context
  const at = `${join('/services', name)}/fallback`
  if (!sound(at)) return
  const empty = stale === undefined && service === undefined && respond === undefined
  if (empty) report(at, 'one of stale, service and respond is needed')
  if (service !== undefined) checkOther(context, `${at}/service`, name, service)
  if (respond === undefined) return
  for (const { pointer, message } of respondProblems(respond)) report(`${at}/respond${pointer}`, message)
}

function checkOther({ config: { services }, shown, report }: CheckContext, at: string, name: string, other: string): void {
  if (!Object.hasOwn(services, other)) {
    return report(at, `there is no service ${shown(at)}${suggest(other, Object.keys(services))}`)
  }
  const circle = circleOf(name, services)
  if (circle === undefined || firstOf(circle, services) !== name) return
  report(at, `fallbacks lead in a circle, from ${circle.join(' to ')} to ${name}`)
}

type Services = Config['services']

/** The services that a service's fallbacks lead through before they are back at it; undefined where they never are. */
function circleOf(name: string, services: Services): string[] | undefined {
  const passed: string[] = []
  for (let at: string | undefined = name; at !== undefined; at = services[at]?.fallback?.service) {
    if (passed.includes(at)) return at === name ? passed : undefined
    passed.push(at)
  }
  return undefined
}

/** A circle is told once, of the service in it that is declared first. */
function firstOf(circle: readonly string[], services: Services): string | undefined {
  return Object.keys(services).find((name) => circle.includes(name))
}

function respondProblems(respond: NonNullable<FallbackSettings['respond']>): { pointer: string; message: string }[] {
  const { body, json, headers } = respond
  const both = body !== undefined && json !== undefined
  return [
    ...(both ? [{ pointer: '/json', message: 'an answer has one of body and json' }] : bodyProblems(respond)),
    ...Object.entries(headers).flatMap(([name, value]) => {
      const message = headerProblem(name.toLowerCase(), value)
      return message === undefined ? [] : [{ pointer: join('/headers', name), message }]
    }),
  ]
}

function headerProblem(name: string, value: string): string | undefined {
  if (reservedInAnswers(name)) return `${name} is not for fallbacks to set; Sluice itself answers for it`
  return isFieldText(value) ? undefined : 'a header has no control characters'
}
