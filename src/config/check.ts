import { checkProviders } from '../identity/index.ts'
import type { AnyPolicy, RouteInfo } from '../policy.ts'
import { checkDocuments, checkGateway, checkSamples, checkServices } from './check-gateway.ts'
import { checkListeners } from './check-listener.ts'
import { checkRoutes } from './check-routes.ts'
import { checkHedges } from './check-traffic.ts'
import type { Config } from './config.ts'
import { aboutValue, shown } from './message.ts'
import { nearest, type MapNode } from './node.ts'
import { join, lineOf } from './pointer.ts'
import type { ConfigProblem } from './problem.ts'
import { withoutSecrets } from './secret.ts'

/** What a check may know, and how it speaks. */
export interface CheckContext {
  readonly config: Config
  /** Whether this, and what is above and below it, can be relied on. */
  readonly sound: (pointer: string) => boolean
  /** A value as it was written; a secret shows as its expression. */
  readonly shown: (pointer: string) => string
  readonly report: (pointer: string, clause: string) => void
}

/** Finds what a schema can't see: names that nothing declares, policies that don't fit, matches that tie. */
export function checkConfig(config: Config, root: MapNode, suspects: readonly string[], policies: readonly AnyPolicy[]): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const context: CheckContext = {
    config,
    sound: soundness(suspects),
    shown: (pointer) => shown(nearest(root, pointer)),
    report: (pointer, clause) => {
      const node = nearest(root, pointer)
      problems.push(aboutValue(node, withoutSecrets(clause, node)))
    },
  }
  checkGateway(context)
  checkListeners(context)
  checkServices(context)
  checkHedges(context)
  checkSamples(context)
  checkDocuments(context)
  checkIdentity(context)
  checkRoutes(context)
  checkPolicies(context, policies)
  return problems
}

function checkIdentity({ config, sound, report }: CheckContext): void {
  for (const { pointer, message } of checkProviders(config)) if (sound(pointer)) report(pointer, message)
}

function soundness(suspects: readonly string[]): CheckContext['sound'] {
  const wrong = new Set(suspects)
  const above = new Set(suspects.flatMap(lineOf))
  return (pointer) => !above.has(pointer) && !lineOf(pointer).some((at) => wrong.has(at))
}

function checkPolicies(context: CheckContext, policies: readonly AnyPolicy[]): void {
  for (const [pointer, info] of infosOf(context.config)) {
    for (const policy of policies) {
      const settings = info.policies[policy.key]
      const at = join(pointer, policy.key)
      if (settings === undefined || policy.check === undefined || !context.sound(at)) continue
      for (const { pointer: below, message } of policy.check(settings, info, context.config)) {
        context.report(`${at}${below}`, message)
      }
    }
  }
}

function infosOf({ routes, graphql, openapi, unmatched }: Config): [string, RouteInfo][] {
  const infos = Object.entries(routes).map(([name, { match, policies }]): [string, RouteInfo] => {
    return [join('/routes', name), { name, kind: 'rest', methods: match.methods ?? null, policies }]
  })
  if (graphql !== null) {
    infos.push(['/graphql', { name: 'graphql', kind: 'graphql', methods: ['GET', 'POST'], policies: graphql.policies }])
  }
  if (openapi !== null) infos.push(['/openapi', { name: 'openapi', kind: 'rest', methods: ['GET'], policies: openapi.policies }])
  return [...infos, ['/unmatched', { name: 'unmatched', kind: 'unmatched', methods: null, policies: unmatched }]]
}
