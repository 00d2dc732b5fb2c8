import type { GraphqlSettings } from '../config/config.ts'
import type { Exchange } from '../exchange.ts'
import { firstValue } from '../headers.ts'

/** What a client wants to know of its operation. */
export type Explanation = 'plan' | 'trace'

export const explainHeader = 'x-sluice-explain'

/** What the client asks for and may have; undefined where it doesn't ask, or the config or its scopes don't allow it. */
export function explanationFor({ headers, identity }: Exchange, settings: GraphqlSettings['explain']): Explanation | undefined {
  const asked = firstValue(headers, explainHeader)
  if (settings === undefined || (asked !== 'plan' && asked !== 'trace')) return undefined
  return settings.scopes.every((scope) => identity.scopes.has(scope)) ? asked : undefined
}
