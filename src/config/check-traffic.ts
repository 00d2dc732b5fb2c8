import type { CheckContext } from './check.ts'
import { patternProblem } from './check-gateway.ts'
import type { Config, RouteSettings } from './config.ts'
import { join } from './pointer.ts'
import { suggest } from './suggest.ts'

/** Checks what routes do with their calls beside sending them: groups that exist, shares that fit, copies that arrive. */
export function checkTraffic(context: CheckContext, at: string, { to }: RouteSettings): void {
  if (to === undefined) return
  const { config, sound, shown, report } = context
  const target = `${at}/to/mirror/service`
  if (to.mirror !== undefined && sound(target) && !Object.hasOwn(config.services, to.mirror.service)) {
    report(target, `there is no service ${shown(target)}${suggest(to.mirror.service, Object.keys(config.services))}`)
  }
  if (to.split === undefined) return
  const groups = groupsOf(config, to.service)
  to.split.rules.forEach(({ group }, index) => checkGroup(context, `${join(`${at}/to/split/rules`, index)}/group`, group, groups))
  for (const group of Object.keys(to.split.shares)) checkGroup(context, join(`${at}/to/split/shares`, group), group, groups)
  const whole = Object.values(to.split.shares).reduce((sum, share) => sum + share, 0)
  if (whole > 1 + 1e-9 && sound(`${at}/to/split/shares`)) report(`${at}/to/split/shares`, 'the shares come to more than 100%')
}

/** The groups of a service's targets; null where a file may name others. */
function groupsOf(config: Config, service: string): string[] | null {
  const targets = config.services[service]?.targets ?? []
  if (targets.some(({ file }) => file !== undefined)) return null
  return targets.flatMap(({ group }) => group ?? [])
}

function checkGroup({ sound, report }: CheckContext, at: string, group: string, groups: string[] | null): void {
  if (groups === null || groups.includes(group) || !sound(at)) return
  report(at, `no target of the service is in the group "${group}"${suggest(group, groups)}`)
}

/** Checks which reads may be hedged. */
export function checkHedges(context: CheckContext): void {
  for (const [name, { hedge }] of Object.entries(context.config.services)) {
    hedge?.paths.forEach((path, index) => {
      const at = join(`${join('/services', name)}/hedge/paths`, index)
      const problem = context.sound(at) ? patternProblem(path) : undefined
      if (problem !== undefined) context.report(at, problem)
    })
  }
}
