import { Type, type Static } from 'typebox'
import { name, named, strict } from './schema-parts.ts'
import { Duration, Share } from './units.ts'

/** What timers can wait for at most; a longer time would fire at once. */
const longest = 24 * 86_400_000

const duration = (description: string) => Type.Optional(Duration({ description, minimum: 1, maximum: longest }))

const Timeout = Type.Object(
  {
    connect: duration('To open a connection.'),
    attempt: duration("From sending a call to its answer's head."),
    total: duration("From taking a call to its answer's head, all waiting included."),
  },
  { ...strict, description: "How long the service may take on this route, in the place of the service's own." },
)

const decider = Type.String({
  pattern: '^(identity\\.(subject|claims\\.[A-Za-z0-9_.-]+)|client\\.address|header\\.[A-Za-z0-9-]+|cookie\\.[A-Za-z0-9_.-]+)$',
  expects: 'identity.subject, identity.claims.x, client.address, header.x or cookie.x',
  description: 'What is looked at.',
})

const Split = Type.Object(
  {
    rules: Type.Array(
      Type.Object(
        {
          if: decider,
          is: Type.String({ description: 'The value that it must have.' }),
          group: Type.String({ description: 'The group of targets that takes the request then.' }),
        },
        { ...strict, description: 'Sends what fits to a group.' },
      ),
      { description: 'Asked in order, before the shares.', default: [] },
    ),
    shares: Type.Record(name, Share({ description: "The group's share of the requests that no rule fits." }), {
      ...named,
      description: 'Groups of targets and their shares; what is left goes to the targets without a group.',
      default: {},
    }),
    by: Type.Optional(
      Type.Unsafe<string>({
        ...decider,
        description: 'By what a client keeps its group. One without it, or where this is left out, keeps it by its address.',
      }),
    ),
  },
  { ...strict, description: 'Sends a part of the requests to groups of targets, such as a canary.' },
)

const Mirror = Type.Object(
  {
    service: Type.String({ description: 'The service that gets a copy.' }),
    share: Share({ description: 'Share of the requests that are copied.', default: '100%' }),
  },
  {
    ...strict,
    description: "Sends a copy of requests to another service, whose answers are thrown away and whose failures nobody feels. The copy has no credentials of its own, is under that service's rules, and is not made of bodies that are not held (see `retry.body`) nor of WebSockets.",
  },
)

export const trafficKeys = {
  timeout: Type.Optional(Timeout),
  split: Type.Optional(Split),
  mirror: Type.Optional(Mirror),
}

export type RouteTimeoutSettings = Static<typeof Timeout>
export type SplitSettings = Static<typeof Split>
export type MirrorSettings = Static<typeof Mirror>
