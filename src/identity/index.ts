import type { Config } from '../config/config.ts'
import type { ProviderSettings } from '../config/schema.ts'
import type { GatewayParts, PolicyProblem } from '../policy.ts'
import { KeyListError, createApiKeyProvider, parseKeys } from './api-key.ts'
import { isRecord } from './claim.ts'
import { createJwtProvider } from './jwt.ts'
import { createMtlsProvider } from './mtls.ts'
import type { Provider } from './provider.ts'

/** Makes the provider of each type. */
function createProvider(name: string, settings: ProviderSettings, parts: GatewayParts): Provider {
  if (settings.type === 'jwt') return createJwtProvider(name, settings, parts)
  return settings.type === 'mtls' ? createMtlsProvider(name, settings) : createApiKeyProvider(name, settings)
}

/** The configured providers of these names. They are leased, so that a reload keeps the keys of unchanged ones. */
export function leaseProviders(names: readonly string[], parts: GatewayParts): Provider[] {
  return names.map((name) => {
    const settings = parts.config.identity[name]
    if (settings === undefined) throw new Error(`identity provider ${name} is not declared`)
    return parts.lease(
      `identity:${name}`,
      settings,
      () => createProvider(name, settings, parts),
      (provider) => provider.close(),
    )
  })
}

/** What the providers of a route tell a client to send that isn't known; a route without any takes no credential. */
export function challengesOf({ auth }: Readonly<Record<string, unknown>>, parts: GatewayParts): string[] {
  const names = isRecord(auth) ? auth['providers'] : undefined
  if (!Array.isArray(names)) return []
  return leaseProviders(names.filter((name) => typeof name === 'string'), parts).map((provider) => provider.challenge())
}

/** Lower-case names of all headers that may carry a client's credential: on any route, verified or not. */
export function credentialHeaders({ identity }: Pick<Config, 'identity'>): ReadonlySet<string> {
  const headers = Object.values(identity).flatMap((settings) => {
    return settings.type === 'api-key' ? [settings.header.toLowerCase()] : []
  })
  return new Set(['authorization', ...headers])
}

/** What is wrong with the providers' settings that the schema can't see; pointers are from the config's root. */
export function checkProviders({ identity, listeners }: Pick<Config, 'identity' | 'listeners'>): PolicyProblem[] {
  const asked = Object.values(listeners).some(({ tls }) => tls?.clients !== undefined)
  return Object.entries(identity).flatMap(([name, settings]) => {
    if (settings.type === 'mtls' && !asked) {
      return [{ pointer: `/identity/${name}`, message: 'no listener asks clients for certificates; one needs "tls" with "clients"' }]
    }
    if (settings.type !== 'api-key') return []
    try {
      parseKeys(settings.keys, name)
      return []
    } catch (thrown) {
      if (!(thrown instanceof KeyListError)) throw thrown
      return [{ pointer: `/identity/${name}/keys`, message: thrown.message }]
    }
  })
}
