import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { isRange } from '../address-range.ts'
import { TemplateError, compileHeader, parseTemplate } from '../compose/expression.ts'
import { PatternError, parsePattern } from '../match/pattern.ts'
import { checkAuthorities, checkPair } from './check-certificate.ts'
import { checkPath } from './check-path.ts'
import { checkTargets } from './check-targets.ts'
import type { CheckContext } from './check.ts'
import { checkFallback } from './check-fallback.ts'
import { join } from './pointer.ts'
import type { AccessSettings, ServiceSettings } from './schema.ts'

/** Checks what clients and operators connect through. */
export function checkGateway({ config, sound, shown, report }: CheckContext): void {
  const { admin, trustedProxies } = config
  if (admin !== null && admin.token === undefined && sound('/admin') && !isLoopback(admin.host)) {
    report('/admin/host', `${shown('/admin/host')} is not a loopback address, and then the key "token" is needed in admin`)
  }
  trustedProxies.forEach((range, index) => {
    const at = join('/trustedProxies', index)
    if (sound(at) && !isRange(range)) report(at, `${shown(at)} is not an address or a CIDR such as 10.0.0.0/8`)
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback')
}

/** Checks what services promise, what they are told, and who may call them. */
export function checkServices(context: CheckContext): void {
  for (const [name, service] of Object.entries(context.config.services)) {
    const at = join('/services', name)
    checkTargets(context, at, service)
    checkContract(context, `${at}/contract/openapi`, service)
    checkIdentity(context, `${at}/identity/headers`, service)
    checkTls(context, `${at}/tls`, service)
    if (service.fallback !== undefined) checkFallback(context, name, service.fallback)
    if (service.fallback !== undefined && service.share !== undefined) context.report(`${at}/share`, 'share and fallback exclude each other: what answers in the place of a service is meant for one client')
    service.access.forEach((rule, index) => checkAccess(context, join(`${at}/access`, index), rule))
  }
}

function checkContract(context: CheckContext, at: string, { contract }: ServiceSettings): void {
  if (contract !== undefined) checkPath(context, at, contract.openapi, 'file')
}

function checkTls(context: CheckContext, at: string, { tls = {} }: ServiceSettings): void {
  const { ca, cert, key } = tls
  checkAuthorities(context, `${at}/ca`, ca)
  if (cert !== undefined && key !== undefined) checkPair(context, at, { cert, key })
  else if (cert !== undefined) context.report(at, 'the key "key" is missing, which belongs to the certificate')
  else if (key !== undefined) context.report(at, 'the key "cert" is missing, to which the key belongs')
}

/** Checks that the playground has what it is to show. */
export function checkSamples(context: CheckContext): void {
  const samples = context.config.graphql?.samples
  if (samples !== undefined) checkPath(context, '/graphql/samples', samples, 'folder')
}

/** Checks that there are documents to trust where no others are taken. */
export function checkDocuments(context: CheckContext): void {
  const { config, sound, report } = context
  const documents = config.graphql?.documents
  const at = '/graphql/documents'
  if (documents === undefined || !sound(at)) return
  const { manifest, only, apq } = documents
  if (manifest !== undefined) checkPath(context, `${at}/manifest`, manifest, 'file')
  else if (only) report(`${at}/only`, 'with "only" the key "manifest" is needed, which names the documents that are trusted')
  if (only && apq) report(`${at}/apq`, 'clients can have nothing kept where "only" trusts the manifest alone; keep one of "only" and "apq"')
}

function checkIdentity({ sound, report }: CheckContext, at: string, { identity }: ServiceSettings): void {
  for (const [header, text] of Object.entries(identity?.headers ?? {})) {
    const pointer = join(at, header)
    const problem = sound(pointer) ? headerProblem(text) : undefined
    if (problem !== undefined) report(pointer, problem)
  }
}

function headerProblem(text: string): string | undefined {
  try {
    const template = parseTemplate(text)
    compileHeader(template)
    const other = template.references.find(({ root }) => root !== 'identity')
    if (other === undefined) return undefined
    return `{${other.path.join('.')}} has no value here; only {identity.subject}, {identity.provider} and {identity.claims.x} do`
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown.message
    throw thrown
  }
}

function checkAccess({ sound, report }: CheckContext, at: string, { path }: AccessSettings): void {
  const pointer = `${at}/path`
  const problem = sound(pointer) ? patternProblem(path) : undefined
  if (problem !== undefined) report(pointer, problem)
}

/** Why a path pattern can't be used, if it can't. */
export function patternProblem(path: string): string | undefined {
  try {
    parsePattern(path)
    return undefined
  } catch (thrown) {
    if (thrown instanceof PatternError) return thrown.message
    throw thrown
  }
}
