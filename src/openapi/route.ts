import type { Bound } from '../compose/binding.ts'
import type { Faces } from '../compose/face/face.ts'
import type { Config, RouteSettings } from '../config/config.ts'
import { credentialHeaders } from '../identity/index.ts'
import { coveredPaths, type Contracts, type Covered } from './contract.ts'
import { faceOperation } from './face-operation.ts'
import type { Components, Json } from './json.ts'
import type { Described } from './paths.ts'
import { problemResponses } from './problems.ts'
import { bothNeeds, needsNothing, needsOf, needsOfCall, securityOf, type Needs } from './security.ts'
import { serviceOperation, type ServiceOperation } from './service-operation.ts'

/** What a description is made of. */
export interface DescriptionInput {
  readonly config: Config
  readonly bound: Bound | null
  readonly faces: Faces
  readonly contracts: Contracts
}

/** What is listed of a route that takes every method, and whose service says nothing. */
const usualMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Its id tells it from others of the same route, where there is one. */
type Unnamed = Omit<Described, 'id'> & { readonly id?: string | undefined }

type Named = readonly [name: string, route: RouteSettings]

/** Describes the operations of one route. */
export function describeRoute([name, route]: Named, input: DescriptionInput, components: Components): Described[] {
  const found: readonly Unnamed[] = route.face !== undefined ? describeFace([name, route], input, components)
    : route.to !== undefined ? describeService([name, route], input, components)
      : describeAnswer([name, route], components)
  return found.map((each) => ({ ...each, id: found.length === 1 ? name : `${name}-${each.id ?? each.method.toLowerCase()}` }))
}

/** Policies and parameters that hold whatever is at the end of a route. */
function common({ match, policies }: RouteSettings, needs: Needs): { about: Json, parameters: Json[] } {
  const security = securityOf(policies, needs)
  return {
    about: { ...policies['deprecated'] === undefined ? {} : { deprecated: true }, security },
    parameters: Object.entries(match.headers ?? {}).map(([header, value]) => ({ name: header, in: 'header', required: true, schema: { const: value } })),
  }
}

function describeFace([name, route]: Named, { config, bound, faces }: DescriptionInput, components: Components): Unnamed[] {
  const face = faces.get(name)
  if (face === undefined || bound === null) return []
  const { about, parameters, path, response, nullable, needs: own } = faceOperation(face, bound, config.services, components)
  const needs = bothNeeds(needsOf(route.policies), own)
  const shared = common(route, needs)
  const more = [...face.variables.length > 0 ? [400 as const] : [], ...nullable ? [404 as const] : []]
  const responses = { 200: response, ...problemResponses(route.policies, needs, more, components) }
  return plainMethods(route.match.methods ?? []).map((method) => ({
    path: route.match.path, method, schemas: path, parameters: [...shared.parameters, ...parameters],
    operation: { ...about, ...shared.about, responses },
  }))
}

/** GET implies HEAD, and OPTIONS and such say nothing of a resource. */
function plainMethods(methods: readonly string[]): string[] {
  const known = methods.filter((method) => usualMethods.includes(method))
  return known.length === 0 && methods.includes('HEAD') ? ['HEAD'] : known
}

function describeService([, route]: Named, { config, contracts }: DescriptionInput, components: Components): Unnamed[] {
  const { service = '', path: target = route.match.path } = route.to ?? {}
  const contract = contracts.get(service)
  const settings = config.services[service]
  const told = new Set([...Object.keys(settings?.identity?.headers ?? {}).map((header) => header.toLowerCase()), ...credentialHeaders(config)])
  const covered = contract === undefined ? [] : coveredPaths(route.match.path, target, contract)
  const describe = (path: string, method: string, to: string, own: ServiceOperation | undefined): Unnamed => {
    const needs = bothNeeds(needsOf(route.policies), needsOfCall(settings?.access ?? [], method, to))
    const { about, parameters } = common(route, needs)
    const problems = problemResponses(route.policies, needs, [], components)
    return {
      path, method, id: own?.id, schemas: own?.path ?? new Map(), parameters: [...parameters, ...own?.parameters ?? []],
      operation: { ...own?.about, ...about, responses: { ...own === undefined ? { 200: { description: 'The answer.' } } : own.responses, ...withoutKnown(problems, own) } },
    }
  }
  const known = covered.flatMap((each: Covered) => plainMethods(route.match.methods ?? usualMethods).flatMap((method) => {
    const own = contract === undefined ? undefined : serviceOperation(contract, each, method, { told, components })
    return own === undefined ? [] : [describe(each.path, method, each.contractPath, own)]
  }))
  if (known.length > 0) return known
  return plainMethods(route.match.methods ?? usualMethods).map((method) => describe(route.match.path, method, target, undefined))
}

/** Where a service describes a failure itself, a client may get either; its own description stays. */
function withoutKnown(problems: Json, own: ServiceOperation | undefined): Json {
  return Object.fromEntries(Object.entries(problems).filter(([status]) => own?.responses[status] === undefined))
}

function describeAnswer([, route]: Named, components: Components): Unnamed[] {
  const { status, redirect, json, body } = route.respond ?? {}
  const needs = bothNeeds(needsOf(route.policies), needsNothing)
  const { about, parameters } = common(route, needs)
  const type = json !== undefined ? 'application/json' : body !== undefined ? 'text/plain' : undefined
  const answer = { description: redirect === undefined ? 'The answer.' : 'The way on.', ...type === undefined ? {} : { content: { [type]: {} } } }
  const responses = { [status ?? redirect?.status ?? 200]: answer, ...problemResponses(route.policies, needs, [], components) }
  return plainMethods(route.match.methods ?? ['GET']).map((method) => {
    return { path: route.match.path, method, schemas: new Map(), parameters, operation: { ...about, responses } }
  })
}
