import { isIP } from 'node:net'
import { checkPath } from './check-path.ts'
import type { CheckContext } from './check.ts'
import { join } from './pointer.ts'
import type { ServiceSettings, TargetSettings } from './schema.ts'

const sources = ['url', 'dns', 'srv', 'file'] as const

/** Checks where the targets of a service are found; `at` is the service. */
export function checkTargets(context: CheckContext, at: string, service: ServiceSettings): void {
  service.targets.forEach((target, index) => {
    const pointer = join(`${at}/targets`, index)
    checkSource(context, pointer, target)
    checkPlace(context, pointer, target)
  })
  if (service.http2) checkSecure(context, `${at}/http2`, service)
  service.resolvers.forEach((resolver, index) => checkResolver(context, join(`${at}/resolvers`, index), resolver))
}

function checkSource(context: CheckContext, at: string, target: TargetSettings): void {
  const { sound, report } = context
  const [source, second] = sources.filter((key) => target[key] !== undefined)
  if (second !== undefined) return report(`${at}/${second}`, 'a target has one of url, dns, srv and file')
  if (source === undefined) return sound(at) ? report(at, 'one of url, dns, srv and file is needed') : undefined
  const pointer = `${at}/${source}`
  const address = target.url ?? target.dns
  const wrong = address !== undefined && sound(pointer) && !isTargetUrl(address)
  if (wrong) report(pointer, `${context.shown(pointer)} ${notTargetUrl}`)
  if (target.file !== undefined) checkPath(context, pointer, target.file, 'file')
}

/** What follows an address that is none. */
export const notTargetUrl = 'is not an origin such as https://host:8443 with at most a path'

/** Whether a text is what calls can be sent to: an origin, and a base path at most. */
export function isTargetUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { username, password, search, hash } = new URL(text)
  return `${username}${password}${search}${hash}` === ''
}

/** Refuses keys that would be ignored. What is left out has a default, so that only places tell what was written. */
function checkPlace({ config, report }: CheckContext, at: string, { srv, file, zone }: TargetSettings): void {
  const written = (key: string) => config.places[`${at}/${key}`] !== undefined
  const refuse = (keys: readonly string[], clause: string) => {
    for (const key of keys) if (written(key)) report(`${at}/${key}`, clause)
  }
  if (srv === undefined) refuse(['scheme'], 'only targets of srv have a scheme; an address says its own')
  else refuse(['weight', 'priority'], 'targets of srv have those of their records')
  if (file !== undefined) refuse(['weight', 'zone', 'priority', 'group'], 'targets of a file have their own there')
  else if (zone !== undefined && config.zone === undefined) {
    refuse(['zone'], 'the gateway has no zone itself; it is the key "zone" beside services')
  }
}

function checkSecure({ report }: CheckContext, at: string, { targets }: ServiceSettings): void {
  const plain = targets.some(({ url, dns }) => (url ?? dns ?? 'https:').startsWith('http:'))
  if (plain) report(at, 'HTTP/2 is spoken over TLS only; each target needs an https:// address')
  const plainRecords = targets.some(({ srv, scheme }) => srv !== undefined && scheme === 'http')
  if (plainRecords) report(at, 'HTTP/2 is spoken over TLS only; targets of srv need the scheme https')
}

function checkResolver({ sound, shown, report }: CheckContext, at: string, resolver: string): void {
  if (!sound(at) || isResolver(resolver)) return
  report(at, `${shown(at)} is not an address such as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:5353`)
}

function isResolver(text: string): boolean {
  // The zone of a link-local address would be lost on the way.
  if (text.includes('%')) return false
  const pattern = /^(?:\[(?<bracketed>.+)\]|(?<plain>[^:]+)):(?<port>\d{1,5})$/
  const { bracketed, plain, port } = pattern.exec(text)?.groups ?? {}
  if (port === undefined) return isIP(text) !== 0
  const known = bracketed === undefined ? isIP(plain ?? '') === 4 : isIP(bracketed) === 6
  return known && Number(port) > 0 && Number(port) <= 65_535
}
