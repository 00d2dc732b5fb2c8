import {
  buildASTSchema, concatAST, getNamedType, isObjectType, Kind, parse, Source, validateSchema, visit,
  type DocumentNode, type GraphQLObjectType, type GraphQLSchema,
} from 'graphql'
import { validateSDL } from 'graphql/validation/validate.js'
import { suggest } from '../config/suggest.ts'
import type { Bound, FieldBinding, ServiceInfo } from './binding.ts'
import { findTypesAbove } from './call-graph.ts'
import { checkBindings } from './check.ts'
import { placeResolvers, refuseBoth } from './code/place.ts'
import type { CodeResolver } from './code/resolver.ts'
import { buildClientSchema } from './client-schema.ts'
import { checkContracts } from './contract/check.ts'
import type { Contract } from './contract/document.ts'
import { linkSelections } from './contract/select.ts'
import { linkSizes } from './contract/sizes.ts'
import { DirectiveArguments, type Parts, type SchemaView, type Site } from './directives/directive.ts'
import { directivesByName, directiveSdl } from './directives/index.ts'
import { linkTarget } from './link.ts'
import { serviceName } from './naming.ts'
import { placeOfNode, problemOf, type Problem, type Report } from './problem.ts'
import { linkCacheHints } from './share/cache-hints.ts'
import { readTypeRules } from './type-rule.ts'

/** A binding that still takes what other fields have to be known for. */
export type Draft = { -readonly [K in keyof FieldBinding]: FieldBinding[K] }

export interface DraftedField {
  readonly site: Site
  readonly parts: Parts
  readonly draft: Draft
}

export interface BindParts {
  /** The services that fields may call, by name. */
  readonly services: Readonly<Record<string, ServiceInfo>>
  /** Resolvers in code. */
  readonly resolvers?: readonly CodeResolver[] | undefined
  /** What services promise, by their names. */
  readonly contracts?: ReadonlyMap<string, Contract> | undefined
}

/** Binds merged type definitions to services. Every problem goes to `problems`; with any, nothing is returned. */
export function bindSchema(
  document: DocumentNode, { services, resolvers = [], contracts = new Map<string, Contract>() }: BindParts, problems: Problem[],
): Bound | undefined {
  const report: Report = (node, message, offset) => problems.push({ ...placeOfNode(node, offset), message })
  const known = dropUnknownDirectives(document, report)
  const full = buildFullSchema(known, problems)
  if (full === undefined) return undefined
  const code = placeResolvers(resolvers, full, problems)
  const drafted = draftFields({ schema: full, services }, code, report)
  linkFields(drafted)
  linkCacheHints(full, drafted, report)
  const types = readTypeRules(full, report)
  const client = buildClientSchema(known, problems)
  if (problems.length > 0) return undefined
  const fields = new Map([...drafted].map(([coordinate, { draft }]): [string, FieldBinding] => [coordinate, draft]))
  markCallsBelow(drafted, full, fields)
  linkSelections([...drafted.values()].map(({ draft }) => draft), contracts)
  linkSizes([...drafted.values()].map(({ draft }) => draft), { schema: full, fields }, contracts)
  checkBindings(full, fields, report)
  checkContracts({ schema: full, fields }, contracts, report)
  return problems.length > 0 || client === undefined ? undefined : { schema: client, fields, types }
}

function dropUnknownDirectives(document: DocumentNode, report: Report): DocumentNode {
  const standard = ['deprecated', 'specifiedBy', 'oneOf']
  const names = [...directivesByName.keys(), ...standard]
  return visit(document, {
    [Kind.DIRECTIVE](node) {
      if (names.includes(node.name.value)) return undefined
      report(node, `there is no directive @${node.name.value}${suggest(node.name.value, names)}`)
      return null
    },
    [Kind.SCHEMA_DEFINITION](node) {
      report(node, 'the root types are Query and Mutation; remove the schema definition')
      return null
    },
    [Kind.DIRECTIVE_DEFINITION](node) {
      report(node, 'a schema file defines no directives of its own; remove the definition')
      return null
    },
  })
}

function buildFullSchema(document: DocumentNode, problems: Problem[]): GraphQLSchema | undefined {
  const full = concatAST([document, parse(new Source(directiveSdl, 'directives'))])
  const invalid = validateSDL(full)
  problems.push(...invalid.map((error) => problemOf(error)))
  if (invalid.length > 0) return undefined
  const schema = buildASTSchema(full, { assumeValidSDL: true })
  const unsound = validateSchema(schema)
  problems.push(...unsound.map((error) => problemOf(error)))
  return unsound.length > 0 ? undefined : schema
}

/** Every object type but those of introspection. */
export function objectTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap()).filter(isObjectType).filter(({ name }) => !name.startsWith('__'))
}

function draftFields(view: SchemaView, code: ReadonlyMap<string, CodeResolver>, report: Report): Map<string, DraftedField> {
  const callOf: Site['callOf'] = (parent, field) => code.has(`${parent.name}.${field.name}`) ? 'a resolver in code' : directiveOf(field)
  const drafted = new Map<string, DraftedField>()
  for (const parent of objectTypes(view.schema)) {
    for (const field of Object.values(parent.getFields())) {
      const site: Site = { parent, field, report, callOf }
      const parts = readDirectives(site, view)
      const resolver = code.get(`${parent.name}.${field.name}`)
      if (resolver !== undefined) refuseBoth(site, resolver)
      drafted.set(`${parent.name}.${field.name}`, { site, parts, draft: draftOf(site, parts, resolver) })
    }
  }
  return drafted
}

function directiveOf({ astNode }: Site['field']): string | undefined {
  const use = astNode?.directives?.find(({ name }) => directivesByName.get(name.value)?.calls === true)
  return use === undefined ? undefined : `@${use.name.value}`
}

function readDirectives(site: Site, view: SchemaView): Parts {
  for (const { name, astNode } of site.field.args) {
    if (name === 'parent' || name === 'identity') {
      site.report(astNode?.name, `an argument can't be named "${name}", for expressions give the word another meaning`)
    }
  }
  const uses = site.field.astNode?.directives ?? []
  const [, second] = uses.filter(({ name }) => directivesByName.get(name.value)?.calls === true)
  if (second !== undefined) site.report(second, 'two directives say where the value comes from; keep one')
  const parts: Parts = {}
  for (const use of uses) {
    Object.assign(parts, directivesByName.get(use.name.value)?.bind(new DirectiveArguments(use.arguments ?? []), site, view))
  }
  return parts
}

function draftOf({ parent, field }: Site, parts: Parts, code: CodeResolver | undefined): Draft {
  const call = parts.rest
  const plain = (name: string) => call === undefined ? [name] : []
  return {
    parent: parent.name,
    name: field.name,
    type: field.type,
    place: placeOfNode(field.astNode?.name),
    internal: parts.internal === true,
    from: {
      'as-is': parts.map ?? plain(field.name),
      'snake_case': parts.map ?? plain(serviceName(field.name, 'snake_case')),
      'declared': plain(field.name),
    },
    access: parts.auth ?? { public: false, scopes: null },
    list: parts.list ?? null,
    cost: parts.cost ?? (directiveOf(field) === undefined && (code?.calls ?? 0) === 0 ? 0 : 1),
    cache: parts.cache ?? { maxAge: null, private: null },
    batch: null,
    unbatched: parts.unbatched ?? null,
    defaults: Object.fromEntries(field.args.flatMap(({ name, defaultValue }) => defaultValue === undefined ? [] : [[name, defaultValue]])),
    reads: [],
    source: code !== undefined ? { kind: 'code', code } : call === undefined ? { kind: 'data' } : { kind: 'call', call },
    callsBelow: false,
  }
}

function linkFields(drafted: ReadonlyMap<string, DraftedField>): void {
  for (const { draft, parts, site } of drafted.values()) {
    if (parts.batch === undefined) continue
    const { arg, key, max } = parts.batch
    const found = drafted.get(`${getNamedType(draft.type).name}.${key}`)
    const call = parts.rest
    if (call === undefined) site.report(site.field.astNode?.name, '@batch needs a call on the same field; add @rest')
    else if (!call.references.some(({ root, path }) => root === 'argument' && path[0] === arg)) {
      site.report(site.field.astNode?.name, `the call doesn't use the batch's argument; put {${arg}} into it`)
    }
    if (found !== undefined && site.callOf(found.site.parent, found.site.field) !== undefined) {
      site.report(site.field.astNode?.name, `the key "${key}" needs a call itself, so nothing can be matched by it`)
    }
    if (found !== undefined) draft.batch = { arg, key: found.draft, max }
  }
  for (const field of drafted.values()) linkTarget(field, drafted)
  for (const field of drafted.values()) linkReads(field, drafted)
}

function linkReads({ draft }: DraftedField, drafted: ReadonlyMap<string, DraftedField>): void {
  const { source } = draft
  const references = source.kind === 'call' ? source.call.references
    : source.kind === 'target' ? Object.values(source.target.arguments).flatMap((literal) => literal.references) : []
  const names = new Set(references.flatMap(({ root, path }) => root === 'parent' ? path.slice(0, 1) : []))
  draft.reads = [...names].flatMap((name) => drafted.get(`${draft.parent}.${name}`)?.draft ?? [])
}

function markCallsBelow(
  drafted: ReadonlyMap<string, DraftedField>, schema: GraphQLSchema, fields: ReadonlyMap<string, FieldBinding>,
): void {
  const types = findTypesAbove(schema, fields, ({ source }) => source.kind !== 'data')
  for (const { draft } of drafted.values()) draft.callsBelow = types.has(getNamedType(draft.type).name)
}
