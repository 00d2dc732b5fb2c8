import { compilePath } from '../compose/url-path.ts'
import { parsePattern, type Pattern } from '../match/pattern.ts'
import { findTies, toMatch, type Match } from '../match/table.ts'
import type { CheckContext } from './check.ts'
import { patternProblem } from './check-gateway.ts'
import { parametersOf, templateProblem } from './check-template.ts'
import { checkFace } from './check-face.ts'
import { checkRespond } from './check-respond.ts'
import { checkTraffic } from './check-traffic.ts'
import { placeOf, type RouteSettings } from './config.ts'
import { join } from './pointer.ts'
import type { MatchSettings, ToSettings } from './schema.ts'
import { suggest } from './suggest.ts'

/** Checks where routes go, and that for every request there is at most one that fits best. */
export function checkRoutes(context: CheckContext): void {
  const { config, report } = context
  const matches: [string, Match][] = []
  for (const [name, route] of Object.entries(config.routes)) {
    const at = join('/routes', name)
    checkEnds(context, at, route)
    checkTraffic(context, at, route)
    const pattern = readMatch(context, `${at}/match`, route.match)
    if (pattern === undefined) continue
    matches.push([at, toMatch(route.match)])
    checkWebsocket(context, at, route)
    if (route.to !== undefined) checkTarget(context, `${at}/to/path`, route.to, pattern)
    if (route.face !== undefined) checkFace(context, at, route, pattern)
    if (route.respond !== undefined) checkRespond(context, `${at}/respond`, route.respond, pattern)
  }
  matches.push(...ownMatches(context))
  for (const [first, second] of findTies(Object.fromEntries(matches))) {
    const [there, here] = [first, second].map((at) => (at.startsWith('/routes/') ? `${at}/match` : at))
    const words = first.split('/').slice(1).join('.')
    if (here !== undefined && there !== undefined) {
      report(here, `the same requests match ${words}, in ${placeOf(config, there)}; tell them apart by host, path, method or header`)
    }
  }
}

/** What the gateway has besides routes: `graphql`, and what describes them all. */
function ownMatches(context: CheckContext): [string, Match][] {
  const { graphql, openapi } = context.config
  const own: [string, string | undefined, string[]][] = [
    ['/graphql', graphql?.path, ['GET', 'POST']],
    ['/openapi', openapi?.path, ['GET']],
    ['/openapi/docs', openapi?.docs === undefined ? undefined : `${openapi.docs}/*`, ['GET']],
  ]
  return own.flatMap(([at, path, methods]): [string, Match][] => {
    const fits = path !== undefined && readMatch(context, at === '/openapi/docs' ? at : `${at}/path`, { path }) !== undefined
    return fits ? [[at, { hosts: null, methods, path, headers: {} }]] : []
  })
}

/** A route goes to a service, shows an operation, or answers itself. */
function checkEnds(context: CheckContext, at: string, { to, face, respond }: RouteSettings): void {
  const { config, sound, report } = context
  if (to !== undefined && config.places[`${at}/to/service`] === undefined) {
    if (sound(`${at}/to`)) report(`${at}/to`, 'the key "service" is missing, or "operation" where the route shows an operation')
  } else if (to !== undefined) {
    checkService(context, `${at}/to/service`, to)
    for (const key of ['variables', 'partial'].filter((each) => config.places[`${at}/to/${each}`] !== undefined)) {
      report(`${at}/to/${key}`, `"${key}" is about an operation, and this route goes to a service; remove it`)
    }
  }
  if ((to ?? face) !== undefined && respond !== undefined) return report(`${at}/respond`, 'a route has one of "to" and "respond"')
  if ((to ?? face ?? respond) === undefined && sound(at)) report(at, 'the key "to" is missing, or "respond" where the gateway answers itself')
}

function checkWebsocket({ sound, report }: CheckContext, at: string, { match, to }: RouteSettings): void {
  if (to?.websocket === undefined || match.methods?.includes('GET') !== false || !sound(`${at}/match/methods`)) return
  report(`${at}/to/websocket`, 'a WebSocket begins with a GET, which match.methods leaves out')
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
  return templateProblem(path.replace(/\/\*$/, '') || '/', (template) => compilePath(template, { naming: 'as-is' }), parametersOf(pattern))
}

/** A target without a closing `/*` is one answer for all paths below, as single-page apps want it. */
function restProblem(path: string, pattern: Pattern): string | undefined {
  if (!path.endsWith('/*') || pattern.at(-1)?.kind === 'rest') return undefined
  return 'the closing "/*" passes on what match.path takes with one, but match.path has none'
}
