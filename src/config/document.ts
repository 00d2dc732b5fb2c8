import type { TSchema } from 'typebox'
import type { AnyPolicy } from '../policy.ts'
import { namePattern, named } from './schema-parts.ts'
import { GatewayCore, GraphqlCore, OpenapiCore, RouteCore } from './schema.ts'
import { toShape, type Shape } from './shape.ts'

/** Top-level maps whose entries may be spread over the files. */
export const sharedKeys = ['listeners', 'identity', 'limits', 'services', 'routes']

/** Top-level keys in the order a request meets them. */
export const topLevelKeys = [
  'listeners',
  'admin',
  'trustedProxies',
  'zone',
  'overload',
  'state',
  'drain',
  'identity',
  'limits',
  'services',
  'defaults',
  'routes',
  'graphql',
  'openapi',
]

/**
 * The shape of a whole config with `defaults` merged in: what the files say, and `unmatched`, which is what `defaults`
 * mean for requests that match no route. Throws where a policy's key is taken.
 */
export function documentShape(policies: readonly AnyPolicy[]): Shape {
  checkKeys(policies)
  const all = Object.fromEntries(policies.map((policy) => [policy.key, settingsShape(policy)]))
  const open = policies.filter((policy) => policy.unmatched === true)
  const route = strictMap({ ...shapesOf(RouteCore), ...withNone(all) }, ['match'], 'What clients may call, and where it goes.')
  return strictMap(
    {
      ...shapesOf(GatewayCore),
      defaults: strictMap(all, [], 'Policies of every route; a route that says more or else is merged into them key by key.'),
      routes: { ...recordOf(route), description: 'What clients may call, by name.', default: {} },
      graphql: strictMap({ ...shapesOf(GraphqlCore), ...withNone(all) }, [], 'The GraphQL endpoint; without it there is none.'),
      openapi: strictMap({ ...shapesOf(OpenapiCore), ...withNone(all) }, [], 'A description of all routes (OpenAPI 3.1) for clients, made of this config, of the services\' contracts and of the GraphQL schema; without this key there is none. It names no service and no address of one. `defaults` merge into it, so that what everybody may read needs `auth: none`.'),
      unmatched: { ...strictMap(Object.fromEntries(open.map(({ key }) => [key, all[key] ?? {}])), []), default: {} },
    },
    ['listeners'],
  )
}

/** The shape of a policy's settings, with the `mode` that every policy has that may be in shadow. */
export function settingsShape({ config, shadow }: AnyPolicy): Shape {
  const shape = toShape(config)
  return shadow === false ? shape : withMode(shape)
}

const mode: Shape = {
  enum: ['enforce', 'shadow'],
  default: 'enforce',
  description: 'In shadow the policy decides, counts and logs, and lets pass.',
}

function withMode(shape: Shape): Shape {
  if (shape.properties !== undefined) return { ...shape, properties: { mode, ...shape.properties } }
  if (shape.oneOf !== undefined) return { ...shape, oneOf: shape.oneOf.map(withMode) }
  return shape.anyOf === undefined ? shape : { ...shape, anyOf: shape.anyOf.map(withMode) }
}

/** Authentication is lost by saying so, and in no other way. */
function withNone(all: Record<string, Shape>): Record<string, Shape> {
  if (all['auth'] === undefined) return all
  const { description, ...auth } = all['auth']
  return { ...all, auth: { ...(description === undefined ? {} : { description }), anyOf: [auth, { enum: ['none'] }] } }
}

function shapesOf(schemas: Readonly<Record<string, TSchema>>): Record<string, Shape> {
  return Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, toShape(schema)]))
}

function strictMap(properties: Record<string, Shape>, required: string[], description?: string): Shape {
  return { type: 'object', properties, required, additionalProperties: false, ...(description === undefined ? {} : { description }) }
}

function recordOf(shape: Shape): Shape {
  return { type: 'object', additionalProperties: shape, propertyNames: { pattern: namePattern, expects: named.expects } }
}

function checkKeys(policies: readonly AnyPolicy[]): void {
  const taken = new Set([RouteCore, GraphqlCore, OpenapiCore].flatMap((core) => Object.keys(core)))
  for (const { key, name } of policies) {
    if (taken.has(key)) throw new Error(`the policy ${name} has the key "${key}", which is taken`)
    taken.add(key)
  }
}
