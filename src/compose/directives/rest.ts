import { Kind, type ValueNode } from 'graphql'
import { suggest } from '../../config/suggest.ts'
import type { CallTemplate } from '../binding.ts'
import { compileHeader } from '../expression.ts'
import { compileLiteral, lacksValue } from '../literal.ts'
import type { Naming } from '../naming.ts'
import { checkReferences, isOptional, readTemplate } from '../site.ts'
import { compilePath } from '../url-path.ts'
import type { Directive, DirectiveArguments, Site } from './directive.ts'

const methods = ['get', 'post', 'put', 'patch', 'delete']
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Fields that describe the message itself (RFC 9110 sections 7 and 8); the transport writes them. */
const reserved = /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/i

/** An HTTP call. */
export const rest: Directive = {
  name: 'rest',
  calls: true,
  sdl: `directive @rest(service: String!, get: String, post: String, put: String, patch: String, delete: String,
    body: Expressions, headers: [RestHeader!]) on FIELD_DEFINITION`,
  bind(args, site, view) {
    const service = args.text('service')
    const info = Object.hasOwn(view.services, service) ? view.services[service] : undefined
    if (info === undefined) {
      const near = suggest(service, Object.keys(view.services))
      site.report(args.node('service'), `there is no service "${service}"${near === '' ? '; declare it under services' : near}`)
    }
    const target = readTarget(args, site)
    if (target === undefined) return undefined
    const naming = info?.naming ?? 'as-is'
    const template = readTemplate(target.node, site, (read) => compilePath(read, { naming, isOptional: (reference) => isOptional(reference, site) }))
    const headers = readHeaders(args.node('headers'), site)
    const body = readBody(args, target.method, site, naming)
    if (template === undefined || headers === undefined) return undefined
    checkReferences(template.references, target.node, site, { url: true })
    const references = [...template.references, ...headers.references, ...body?.references ?? []]
    const { compiled } = template
    // What a query reads is filtered by its body as by its URL; what a mutation writes may lack an optional part.
    const filters = body !== null && site.parent.name !== 'Mutation'
    const path: CallTemplate['path'] = filters ? (scope) => lacksValue(body, scope) ? null : compiled(scope) : compiled
    const call = { service, naming, method: target.method, text: template.text, path, headers: headers.list, body, references, select: info?.select }
    return { rest: call }
  },
}

function readTarget(args: DirectiveArguments, site: Site): { method: string, node: ValueNode } | undefined {
  const given = methods.filter((name) => args.node(name) !== undefined)
  const [method] = given
  const node = method === undefined ? undefined : args.node(method)
  if (method === undefined || node === undefined || given.length > 1) {
    site.report(args.node('service'), `@rest needs exactly one of ${methods.join(', ')}, with the path at the service`)
    return undefined
  }
  if (site.parent.name !== 'Mutation' && method !== 'get' && method !== 'post') {
    site.report(node, `"${method}" changes things, and only fields of Mutation may; use get here`)
  }
  return { method: method.toUpperCase(), node }
}

type Headers = { list: CallTemplate['headers'], references: CallTemplate['references'] }

function readHeaders(node: ValueNode | undefined, site: Site): Headers | undefined {
  const nodes = node?.kind === Kind.LIST ? node.values : node === undefined ? [] : [node]
  const read = nodes.map((item) => readHeader(item, site))
  const list = read.filter((header) => header !== undefined)
  if (list.length < read.length) return undefined
  return { list, references: list.flatMap(({ references }) => references) }
}

function readHeader(node: ValueNode, site: Site) {
  if (node.kind !== Kind.OBJECT) return undefined
  const part = (name: string) => node.fields.find((field) => field.name.value === name)?.value
  const [name, value] = [part('name'), part('value')]
  if (name?.kind !== Kind.STRING || value === undefined) return undefined
  if (!token.test(name.value) || reserved.test(name.value)) {
    site.report(name, `"${name.value}" is no header that a call can set`)
    return undefined
  }
  const template = readTemplate(value, site, compileHeader)
  if (template === undefined) return undefined
  checkReferences(template.references, value, site)
  return { name: name.value.toLowerCase(), value: template.compiled, references: template.references }
}

function readBody(args: DirectiveArguments, method: string, site: Site, naming: Naming) {
  const node = args.node('body')
  if (node === undefined) return null
  if (method === 'GET' || method === 'DELETE') {
    site.report(node, `a ${method} has no body; put the values into the path or the query`)
    return null
  }
  return compileLiteral(node, site, naming)
}
