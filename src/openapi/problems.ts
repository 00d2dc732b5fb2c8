import { authOf, type Needs } from './security.ts'
import type { Components, Json } from './json.ts'

/** RFC 9457, with the members that every problem of the gateway has. */
const problem: Json = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The id of the request.' },
    code: { type: 'string', description: 'What went wrong, as a word that never changes its meaning.' },
    parameter: { type: 'string', description: 'The parameter that cannot be used, where it is one.' },
    errors: {
      type: 'array',
      description: 'All that went wrong, where the answer would have had several parts.',
      items: {
        type: 'object',
        properties: {
          code: { type: 'string' },
          detail: { type: 'string' },
          pointer: { type: 'string', description: 'The part of the answer, as a JSON pointer in a fragment.' },
        },
        required: ['code', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
}

const kinds = {
  400: ['BadRequest', 'The request cannot be used.'],
  401: ['Unauthenticated', 'A credential is needed, or the one that was sent does not count.'],
  403: ['Forbidden', 'Whoever asks may not do this.'],
  404: ['NotFound', 'There is nothing at this address.'],
  429: ['RateLimited', 'A rate limit is used up; Retry-After says when to come back.'],
  default: ['Problem', 'Any other failure.'],
} as const

type Kind = keyof typeof kinds

/** The content of every problem. */
function contentOf(components: Components): Json {
  return { 'application/problem+json': { schema: components.add('schemas', 'Problem', problem, () => problem) } }
}

function responseOf(kind: Kind, components: Components): Json {
  const [name, description] = kinds[kind]
  return components.add('responses', name, kinds[kind], () => ({ description, content: contentOf(components) }))
}

/** Problems that the policies of a route can answer with, and others that its end says it has. */
export function problemResponses(
  policies: Readonly<Record<string, unknown>>, needs: Needs, more: readonly Kind[], components: Components,
): Json {
  const { providers } = authOf(policies)
  const limited = Array.isArray(policies['limits']) && policies['limits'].length > 0
  const statuses: Kind[] = [
    ...more,
    ...providers.length > 0 ? [401 as const] : [],
    ...needs.more ? [403 as const] : [],
    ...limited ? [429 as const] : [],
    'default',
  ]
  return Object.fromEntries(statuses.map((kind) => [String(kind), responseOf(kind, components)]))
}
