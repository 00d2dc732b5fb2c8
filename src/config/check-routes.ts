import { TemplateError, compilePath, parseTemplate, type Reference } from '../compose/expression.ts'
import { parsePattern, type Pattern } from '../match/pattern.ts'
import { findTies, type Match } from '../match/table.ts'
import type { CheckContext } from './check.ts'
import { patternProblem } from './check-gateway.ts'
import { placeOf } from './config.ts'
import { join } from './pointer.ts'
import type { MatchSettings, ToSettings } from './schema.ts'
import { suggest } from './suggest.ts'

/** Checks where routes go, and that for every request there is at most one that fits best. */
export function checkRoutes(context: CheckContext): void {
  const { config, report } = context
  const matches: [string, Match][] = []
  for (const [name, { match, to }] of Object.entries(config.routes)) {
    const at = join('/routes', name)
    checkService(context, `${at}/to/service`, to)
    const pattern = readMatch(context, `${at}/match`, match)
    if (pattern === undefined) continue
    matches.push([at, toMatch(match)])
    checkTarget(context, `${at}/to/path`, to, pattern)
  }
  const path = config.graphql?.path ?? ''
  if (config.graphql !== null && readMatch(context, '/graphql/path', { path }) !== undefined) {
    matches.push(['/graphql', { hosts: null, methods: ['GET', 'POST'], path, headers: {} }])
  }
  for (const [first, second] of findTies(Object.fromEntries(matches))) {
    const [there, here] = [first, second].map((at) => (at === '/graphql' ? at : `${at}/match`))
    const words = first.split('/').slice(1).join('.')
    if (here !== undefined && there !== undefined) {
      report(here, `the same requests match ${words}, in ${placeOf(config, there)}; tell them apart by host, path, method or header`)
    }
  }
}

function toMatch({ hosts, methods, path, headers }: MatchSettings): Match {
  return { hosts: hosts ?? null, methods: methods ?? null, path, headers: headers ?? {} }
}

function checkService({ config, sound, shown, report }: CheckContext, at: string, { service }: ToSettings): void {
  if (!sound(at) || Object.hasOwn(config.services, service)) return
  report(at, `there is no service ${shown(at)}${suggest(service, Object.keys(config.services))}`)
}

function readMatch({ sound, report }: CheckContext, at: string, { path }: MatchSettings): Pattern | undefined {
  if (!sound(at)) return undefined
  const problem = patternProblem(path)
  if (problem === undefined) return parsePattern(path)
  report(at.endsWith('/match') ? `${at}/path` : at, problem)
  return undefined
}

function checkTarget({ sound, report }: CheckContext, at: string, { path }: ToSettings, pattern: Pattern): void {
  if (path === undefined || !sound(at)) return
  const problem = targetProblem(path, pattern) ?? restProblem(path, pattern)
  if (problem !== undefined) report(at, problem)
}

function targetProblem(path: string, pattern: Pattern): string | undefined {
  if (path.includes('?') || path.includes('{&')) return "a path has no query; the client's own query is passed on"
  try {
    const template = parseTemplate(path.replace(/\/\*$/, '') || '/')
    compilePath(template, { naming: 'as-is' })
    const parameters = pattern.flatMap((segment) => (segment.kind === 'parameter' ? [segment.name] : []))
    return template.references.map((reference) => referenceProblem(reference, parameters)).find((problem) => problem !== undefined)
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown.message
    throw thrown
  }
}

function referenceProblem({ root, path }: Reference, parameters: readonly string[]): string | undefined {
  const name = path.join('.')
  if (root === 'identity' || (root === 'argument' && parameters.includes(name))) return undefined
  if (root === 'parent') return '{parent.x} belongs to GraphQL; a route has the parameters of its path and the identity'
  return `{${name}} is not a parameter of match.path${suggest(name, parameters)}`
}

/** A target without a closing `/*` is one answer for all paths below, as single-page apps want it. */
function restProblem(path: string, pattern: Pattern): string | undefined {
  if (!path.endsWith('/*') || pattern.at(-1)?.kind === 'rest') return undefined
  return 'the closing "/*" passes on what match.path takes with one, but match.path has none'
}
