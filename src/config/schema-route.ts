import { Type, type Static } from 'typebox'
import { methodNames, path, strict } from './schema-parts.ts'
import { Integer } from './units.ts'

const Match = Type.Object(
  {
    hosts: Type.Optional(
      Type.Array(Type.String({ pattern: '^(\\*\\.)?[a-z0-9.-]+$', expects: 'a lower-case host name without a port' }), {
        minItems: 1,
        description: 'Host names, lower-case; `*.example.com` matches one or more labels. All if left out.',
      }),
    ),
    methods: Type.Optional(methodNames('Methods; GET implies HEAD. All if left out.')),
    path: path(
      'Path; `{x}` matches one segment, a closing `/*` the rest, also nothing. Literal wins over parameter over rest.',
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z0-9-]+$' }), Type.String(), {
        ...strict,
        expects: 'a lower-case header name',
        description: 'Headers, by lower-case name, that must have exactly this value.',
      }),
    ),
  },
  { ...strict, description: 'Which requests the route takes.' },
)

const To = Type.Object(
  {
    service: Type.String({ description: "The service's name." }),
    path: Type.Optional(
      path(
        'Path at the service, without a query; the path as matched if left out. Constants and expressions in braces: {x} is a parameter of match.path, {identity.subject} and {identity.claims.x} come from the identity. A closing `/*` passes on what the `/*` of match.path took.',
      ),
    ),
  },
  { ...strict, description: 'Where the route goes.' },
)

const Operations = Type.Object(
  {
    depth: Integer({ minimum: 1, description: 'Deepest nesting of fields.', default: 12 }),
    calls: Integer({ minimum: 1, description: 'Most calls to services that one operation may make.', default: 50 }),
    tokens: Integer({ minimum: 1, description: 'Longest document, in tokens.', default: 2000 }),
    aliases: Integer({ minimum: 0, description: 'Most aliases in one operation.', default: 30 }),
  },
  { ...strict, description: 'What one operation may ask; more is refused before any call.', default: {} },
)

/** A route without its policies. */
export const RouteCore = { match: Match, to: To }

/** The GraphQL route without its policies. */
export const GraphqlCore = {
  path: Type.String({
    pattern: '^/',
    expects: 'a path that starts with "/"',
    description: 'Where clients send operations, and where the playground is.',
    default: '/graphql',
  }),
  playground: Type.Boolean({ description: 'Whether a browser gets the playground.', default: true }),
  samples: Type.Optional(Type.String({ description: 'Folder of `*.graphql` operations that the playground shows, a tab each; the path starts from this file.' })),
  operations: Operations,
}

export type MatchSettings = Static<typeof Match>
export type ToSettings = Static<typeof To>
export type OperationSettings = Static<typeof Operations>
