import { dirname, resolve } from 'node:path'
import type { Static, TObject } from 'typebox'
import type { AnyPolicy } from '../policy.ts'
import type { Config, Place, RouteSettings } from './config.ts'
import { dataOf, walk, type MapNode } from './node.ts'
import type { GraphqlCore, OpenapiCore, WrittenTo } from './schema.ts'
import { settle } from './settle.ts'
import type { Shape } from './shape.ts'

type PolicySettings = Record<string, unknown>

/** What a document is once it is settled, by its shape. */
interface Document extends Pick<Config, 'listeners' | 'trustedProxies' | 'zone' | 'overload' | 'state' | 'drain' | 'identity' | 'limits' | 'services'> {
  admin?: NonNullable<Config['admin']>
  routes: Record<string, Omit<RouteSettings, 'policies' | 'to' | 'face'> & { to?: WrittenTo } & PolicySettings>
  graphql?: Static<TObject<typeof GraphqlCore>> & PolicySettings
  openapi?: Static<TObject<typeof OpenapiCore>> & PolicySettings
  unmatched: PolicySettings
}

/** Compiles a document, `defaults` merged in, to plain data: quantities as numbers, what was left out filled in. */
export function compileConfig(dir: string, root: MapNode, shape: Shape, policies: readonly AnyPolicy[]): Config {
  // The shape was made of the schemas from which these types come, and `settle` gives nothing that doesn't fit it.
  const document = settle(shape, dataOf(root)) as Document
  const places = placesOf(root)
  const keys = policies.map(({ key }) => key)
  const routes = Object.entries(document.routes).map(([name, { match, to, respond, ...rest }]) => {
    const end = { ...(to === undefined ? {} : compileTo(to)), ...(respond === undefined ? {} : { respond }) }
    return [name, { match, ...end, policies: pick(rest, keys) }] as const
  })
  return {
    dir: resolve(dir),
    listeners: document.listeners,
    admin: document.admin ?? null,
    trustedProxies: document.trustedProxies,
    ...(document.zone === undefined ? {} : { zone: document.zone }),
    overload: document.overload,
    state: document.state,
    drain: document.drain,
    identity: document.identity,
    limits: document.limits,
    services: withPaths(dir, document.services, places),
    routes: Object.fromEntries(routes),
    unmatched: pick(document.unmatched, keys),
    graphql: document.graphql === undefined ? null : compileGraphql(dir, document.graphql, keys, places),
    openapi: document.openapi === undefined ? null : compileOpenapi(document.openapi, keys),
    places,
  }
}

/** Without a service and without an operation it goes to the service "", which the checks don't find. */
function compileTo({ operation, variables = {}, partial = false, service = '', ...rest }: WrittenTo): Pick<RouteSettings, 'to' | 'face'> {
  return operation === undefined ? { to: { service, ...rest } } : { face: { operation, variables, partial } }
}

function compileOpenapi(document: NonNullable<Document['openapi']>, keys: readonly string[]): Config['openapi'] {
  const { path, docs, title, version, description, ...rest } = document
  return {
    path,
    ...docs === undefined ? {} : { docs },
    title,
    version,
    ...description === undefined ? {} : { description },
    policies: pick(rest, keys),
  }
}

type GraphqlDocument = NonNullable<Document['graphql']>

function compileGraphql(dir: string, document: GraphqlDocument, keys: readonly string[], places: Config['places']): Config['graphql'] {
  const { path, playground, samples, explain, introspection, documents, operations, ...rest } = document
  return {
    path,
    playground,
    ...samples === undefined ? {} : { samples: besides(dir, samples, places['/graphql/samples']) },
    ...explain === undefined ? {} : { explain },
    ...introspection === undefined ? {} : { introspection },
    ...documents === undefined ? {} : { documents: withManifest(dir, documents, places) },
    operations,
    policies: pick(rest, keys),
  }
}

function withManifest(dir: string, { manifest, ...documents }: NonNullable<GraphqlDocument['documents']>, places: Config['places']) {
  if (manifest === undefined) return documents
  return { ...documents, manifest: besides(dir, manifest, places['/graphql/documents/manifest']) }
}

/** Policies in their order of execution, whatever order they were written in. */
function pick(settings: PolicySettings, keys: readonly string[]): PolicySettings {
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(settings, key)).map((key) => [key, settings[key]]))
}

function placesOf(root: MapNode): Record<string, Place> {
  const places = [...walk(root)].map(([pointer, node]): [string, Place] => [pointer, node.place])
  return Object.fromEntries(places.filter(([pointer]) => pointer !== ''))
}

/** Makes the paths of files absolute that services name. */
function withPaths(dir: string, services: Config['services'], places: Config['places']): Config['services'] {
  const entries = Object.entries(services).map(([name, service]) => {
    const absolute = (path: string, at: string) => besides(dir, path, places[`/services/${name}/${at}`])
    const targets = service.targets.map(({ file, ...target }, index) => {
      return file === undefined ? target : { ...target, file: absolute(file, `targets/${index}/file`) }
    })
    if (service.contract === undefined) return [name, { ...service, targets }] as const
    const openapi = absolute(service.contract.openapi, 'contract/openapi')
    return [name, { ...service, targets, contract: { ...service.contract, openapi } }] as const
  })
  return Object.fromEntries(entries)
}

/** Paths in the config start from the folder of the file that names them. */
function besides(dir: string, path: string, place: Place | undefined): string {
  return resolve(dir, dirname(place?.file ?? ''), path)
}
