import { compileValue } from '../compose/expression.ts'
import { compilePath } from '../compose/url-path.ts'
import type { Pattern } from '../match/pattern.ts'
import type { CheckContext } from './check.ts'
import { fieldProblems, reservedInAnswers } from './check-headers.ts'
import { parametersOf, templateProblem } from './check-template.ts'
import { join } from './pointer.ts'
import type { RespondSettings } from './schema.ts'

/** Checks what a route answers itself; `at` is where it says so, and `pattern` the path that it matches. */
export function checkRespond({ sound, report }: CheckContext, at: string, settings: RespondSettings, pattern: Pattern): void {
  if (!sound(at)) return
  const parameters = parametersOf(pattern)
  const redirects = settings.redirect !== undefined
  const reserved = (name: string) => reservedInAnswers(name) || (redirects && name === 'location')
  const problems = [
    ...bodyProblems(settings),
    ...fieldProblems('/headers', settings.headers, { reserved, parameters }),
    ...jsonProblems('/json', settings.json, parameters),
    ...redirectProblems(settings, pattern),
  ]
  for (const { pointer, message } of problems) report(`${at}${pointer}`, message)
}

type Problems = { pointer: string; message: string }[]

/** Statuses without content (RFC 9110 section 15). */
const bodiless = [204, 205]

export function bodyProblems({ status, body, json, redirect }: Partial<RespondSettings>): Problems {
  const [, second] = Object.entries({ body, json, redirect }).filter(([, value]) => value !== undefined)
  if (second !== undefined) return [{ pointer: `/${second[0]}`, message: 'an answer has one of body, json and redirect' }]
  if (status === undefined) return []
  if (redirect !== undefined) return [{ pointer: '/status', message: 'the status of a redirect stands in redirect.status' }]
  if (status === 304) return [{ pointer: '/status', message: '304 is about an answer that the client has, so it has no meaning here' }]
  const empty = body === undefined && json === undefined
  return empty || !bodiless.includes(status) ? [] : [{ pointer: '/status', message: `an answer with the status ${status} has no body` }]
}

function jsonProblems(at: string, value: unknown, parameters: readonly string[]): Problems {
  if (typeof value === 'string') {
    const problem = templateProblem(value, compileValue, parameters)
    return problem === undefined ? [] : [{ pointer: at, message: problem }]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => jsonProblems(join(at, name), member, parameters))
}

function redirectProblems({ redirect }: RespondSettings, pattern: Pattern): Problems {
  if (redirect === undefined) return []
  const path = redirect.to.replace(/^https?:\/\/[^/{]+/, '')
  const closing = path.endsWith('/*')
  const template = closing ? path.slice(0, -2) : path
  const problem = templateProblem(template === '' ? '/' : template, (parsed) => compilePath(parsed, { naming: 'as-is' }), parametersOf(pattern))
    ?? (template.includes('/*') ? '"/*" can only close the path' : undefined)
    ?? (closing && pattern.at(-1)?.kind !== 'rest' ? 'the closing "/*" passes on what match.path takes with one, but match.path has none' : undefined)
  return problem === undefined ? [] : [{ pointer: '/redirect/to', message: problem }]
}
