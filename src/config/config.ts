import type {
  AdminSettings,
  FaceSettings,
  LimitSettings,
  ListenerSettings,
  MatchSettings,
  OperationSettings,
  OverloadSettings,
  ProviderSettings,
  RespondSettings,
  ServiceSettings,
  ToSettings,
} from './schema.ts'

/** Where a piece of the config stands; line and column count from 1. */
export interface Place {
  file: string
  line: number
  column: number
}

/** A route with `defaults` merged in. `policies` holds each policy's settings under the policy's key. */
export interface RouteSettings {
  match: MatchSettings
  /** The checks see to it that a route has one of `to`, `face` and `respond`. */
  to?: ToSettings
  /** Where `to` names an operation. */
  face?: FaceSettings
  respond?: RespondSettings
  policies: Record<string, unknown>
}

export interface GraphqlSettings {
  path: string
  playground: boolean
  /** Absolute path of a folder of operations. */
  samples?: string
  /** Who may ask what an operation calls; nobody where it is left out. */
  explain?: { scopes: readonly string[] }
  /** Who may ask for the schema; everybody where it is left out. */
  introspection?: { scopes: readonly string[] }
  /** `manifest` is an absolute path. */
  documents?: { manifest?: string, only: boolean, apq: boolean }
  operations: OperationSettings
  policies: Record<string, unknown>
}

export interface OpenapiSettings {
  path: string
  docs?: string
  title: string
  version: string
  description?: string
  policies: Record<string, unknown>
}

/**
 * A compiled configuration: plain data in which defaults are filled in and quantities are numbers.
 * `places` says where each leaf was written, by JSON pointer; what stands nowhere is a default.
 */
export interface Config {
  dir: string
  listeners: Record<string, ListenerSettings>
  admin: AdminSettings | null
  trustedProxies: string[]
  /** Where the gateway stands. */
  zone?: string
  overload: OverloadSettings
  state: string
  drain: number
  identity: Record<string, ProviderSettings>
  limits: Record<string, LimitSettings>
  services: Record<string, ServiceSettings>
  routes: Record<string, RouteSettings>
  /** Policies of requests that match no route: the defaults alone. */
  unmatched: Record<string, unknown>
  graphql: GraphqlSettings | null
  openapi: OpenapiSettings | null
  places: Record<string, Place>
}

/** `file:line:column`, or the pointer itself where the value is a default. */
export function placeOf(config: Config, pointer: string): string {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const place = config.places[at]
    if (place !== undefined) return `${place.file}:${place.line}:${place.column}`
  }
  return pointer
}
