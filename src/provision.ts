import { policies } from '../plugins/index.ts'
import { buildEndpoint } from './compose/endpoint.ts'
import { compileFaces, type Faces } from './compose/face/face.ts'
import { loadSchema } from './compose/load.ts'
import { cacheParts } from './compose/share/cache-policy.ts'
import { buildSharing } from './compose/share/sharing.ts'
import { readSamples } from './compose/samples.ts'
import { loadTrusted, type TrustedDocuments } from './compose/trusted.ts'
import type { Config } from './config/config.ts'
import { loadConfig, type ConfigProblem } from './config/load.ts'
import { compileFace } from './face.ts'
import { buildGateway, type Gateway, type GatewayInput } from './gateway.ts'
import { challengesOf } from './identity/index.ts'
import { ProcessLoad } from './load.ts'
import { readDescriptions } from './openapi/contract.ts'
import { describeRoutes } from './openapi/document.ts'
import type { Runtime } from './runtime.ts'
import type { GatewayParts } from './policy.ts'
import type { Lease } from './shared.ts'
import { createState } from './state/index.ts'

/** A folder's config and schema, checked; nothing of it runs yet. */
export interface Blueprint {
  readonly config: Config
  readonly bound: Parameters<typeof buildEndpoint>[1] | null
  /** Operations that the playground shows. */
  readonly samples: readonly string[]
  /** Files of code that have changed since the process loaded them. */
  readonly changed?: readonly string[]
  /** Documents of the manifest, where there is one. */
  readonly trusted?: TrustedDocuments
  /** Operations of the manifest that routes show. */
  readonly faces?: Faces
  /** The description of all routes, as JSON, where the config asks for one. */
  readonly description?: string
}

export type Checked = { blueprint: Blueprint } | { problems: readonly ConfigProblem[] }

/** Reads and checks all that a folder says, reporting every problem at once. */
export async function readBlueprint(dir: string, env: Runtime['env']): Promise<Checked> {
  const checked = await readParts(dir, env)
  if ('problems' in checked || checked.blueprint.config.openapi === null) return checked
  const { config, bound, faces = new Map() } = checked.blueprint
  const description = await describeRoutes({ config, bound, faces, contracts: await readDescriptions(config) })
  return { blueprint: { ...checked.blueprint, description: JSON.stringify(description) } }
}

async function readParts(dir: string, env: Runtime['env']): Promise<Checked> {
  const loaded = await loadConfig(dir, { env, policies })
  if ('problems' in loaded) return loaded
  const { config } = loaded
  if (config.graphql === null) return { blueprint: { config, bound: null, samples: [] } }
  const { samples, documents, operations: limits } = config.graphql
  const schema = await loadSchema(dir, { services: config.services })
  if ('problems' in schema) return schema
  const { bound, changed } = schema
  const blueprint = { config, bound, changed, samples: samples === undefined ? [] : await readSamples(samples) }
  if (documents?.manifest === undefined) return { blueprint }
  const found = await loadTrusted(config.dir, documents.manifest, { schema: bound.schema, limits })
  if ('problems' in found) return found
  const { faces, problems } = compileFaces(config, bound, found.trusted)
  return problems.length > 0 ? { problems } : { blueprint: { ...blueprint, trusted: found.trusted, faces } }
}

/** Builds a gateway from a blueprint with what the process lends; the gateway gives its leases back on close. */
export function provision({ config, bound, samples, trusted, faces, description }: Blueprint, runtime: Runtime): Promise<Gateway> {
  const { shared, log, metrics, clock } = runtime
  const leases: Lease<unknown>[] = []
  const lease: GatewayParts['lease'] = (name, settings, create, dispose) => {
    const held = shared.lease(name, settings, create, dispose)
    leases.push(held)
    return held.value
  }
  const release = () => leases.forEach((held) => held.release())
  const state = lease('state', config.state, () => createState(config.state, { clock, log, metrics }), (held) => void held.close())
  const load = lease('load', null, () => new ProcessLoad(clock), (held) => held.close())
  const endpoint: GatewayInput['endpoint'] = (services) => {
    if (config.graphql === null || bound === null) throw new Error('a gateway without graphql has no endpoint')
    return buildEndpoint(config.graphql, bound, {
      services, clock, log, samples, trusted, token: runtime.env['DEMO_TOKEN'], sharing: buildSharing(parts), cache: cacheParts(config),
    })
  }
  const face: GatewayInput['face'] = (route, execute) => {
    const found = faces?.get(route)
    if (found === undefined || bound === null) throw new Error(`route ${route} shows no operation that was compiled`)
    const challenges = challengesOf(config.routes[route]?.policies ?? {}, parts)
    return compileFace(found, { schema: bound.schema, execute, credentials: cacheParts(config).credentials, challenges })
  }
  const hold: GatewayParts['hold'] = (name, settings, create, dispose) => shared.lease(name, settings, create, dispose)
  const parts: GatewayParts = { config, state, clock, log, metrics, load, random: Math.random, lease, hold }
  return buildGateway({ parts, policies, endpoint: bound === null ? null : endpoint, face, description, release }).catch((thrown: unknown) => {
    release()
    throw thrown
  })
}
