import { Type, type Static } from 'typebox'
import { headerMap, methodNames, path, strict } from './schema-parts.ts'
import { trafficKeys } from './schema-traffic.ts'
import { Duration, Integer, Size } from './units.ts'

/** What timers can wait for at most; a longer time would fire at once. */
const longest = 24 * 86_400_000

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
      'Path; `{x}` matches one segment, a closing `/*` the rest, also nothing. Literal wins over parameter over rest. What is matched is what is sent: case counts, nothing is repaired, and a path that is not written plainly is 400 on every route: dot segments, `//`, `\\`, encoded separators, control characters and double encodings of these, invalid UTF-8, and a path that a service could take for another route\'s because it ignores `;x=1`, a slash at the end or a second encoding. An absolute target has to name the Host, `*` and CONNECT are 400.',
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z0-9-]+$' }), Type.String(), {
        ...strict,
        expects: 'a lower-case header name',
        description: 'Headers, by lower-case name, that must have exactly this value.',
      }),
    ),
    accept: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+$',
        expects: 'a media type in lower case and without parameters, such as application/vnd.shop.v2+json',
        description: 'Media type that the request must ask for by name in Accept, for versions told apart by it. Between routes that differ in it alone, the type decides that the client wants most. Wildcards such as `*/*` go to the route without it; where there is none, a request that names none of the types gets 406.',
      }),
    ),
  },
  { ...strict, description: 'Which requests the route takes.' },
)

const Websocket = Type.Object(
  {
    maxMessage: Size({
      description: 'Largest message in either direction, all its fragments together; a larger one closes the socket with 1009.',
      default: '1MiB',
    }),
    idle: Duration({
      description: 'Longest silence of both sides, pings included; after it the socket is closed with 1001.',
      default: '5min',
      minimum: 1,
      maximum: longest,
    }),
    max: Integer({
      minimum: 1,
      description: 'Most sockets open at a time on the route, counted in this process; one more is answered 503 before the service is asked.',
      default: 10_000,
    }),
  },
  {
    ...strict,
    description: 'Lets clients open WebSockets; `{}` takes the defaults. The policies run before the service is asked, and the client is answered after the service. Without it an upgrade is ignored. Extensions such as compression are not negotiated. A socket is closed with 1008 when the credential that opened it expires: a token\'s `exp`, a certificate\'s end. Where the route has `cors`, a page of another origin than these and the route\'s own is refused; without it pages of any origin may open a socket. What a page has to know, such as a token, is its own, but browsers send certificates and cookies by themselves: a certificate counts only for pages of the route\'s own origin, or of one that `cors` lists with `credentials`, and a service that goes by cookies has to check the Origin, which it is sent.',
  },
)

const To = Type.Object(
  {
    service: Type.Optional(Type.String({ description: "The service's name; every key but `operation`, `variables` and `partial` is about its calls." })),
    operation: Type.Optional(
      Type.String({
        description: 'In the place of `service`: the name or the id of an operation in `graphql.documents.manifest`, which the route then answers with as plain JSON. A query is for GET; a mutation for POST, PUT, PATCH and DELETE. An operation with one root field answers with that field\'s value, any other with the object of its root fields. The fields keep their own rules, and `graphql.operations` and limits with `cost: calls` hold as they do in GraphQL. A query whose one root field is null is 404. With any error there is no answer but a problem that lists all of them in `errors`: of the errors\' own code where they have but one, with the status of a service that refuses the request itself (400, 403, 404, 409, 410, 412 or 422 of the root field\'s call), and otherwise ANSWER_INCOMPLETE. `@cache` hints are told to caches.',
      }),
    ),
    variables: Type.Optional(
      Type.Record(Type.String({ pattern: '^[_A-Za-z][_0-9A-Za-z]*$' }), Type.Unknown(), {
        ...strict,
        expects: 'the name of a variable',
        description: 'Where variables of the operation come from, as JSON. A text is a template: {x} is a parameter of match.path, and {body} and {body.x} are the JSON of the request; one that is a single expression is read as its type asks. A variable that is left out is the parameter of the path of its name, and otherwise that of the query: a list by repetition, and nothing but enums, scalars and their lists. Who the client is, fields read themselves.',
      }),
    ),
    partial: Type.Optional(
      Type.Boolean({ description: 'Whether an operation may answer in part: the answer is then `{ "data": …, "errors": […] }`, the errors left out where there are none, and a problem only where there is no data at all.' }),
    ),
    path: Type.Optional(
      path(
        'Path at the service, without a query; the path as matched if left out. Constants and expressions in braces: {x} is a parameter of match.path, {identity.subject} and {identity.claims.x} come from the identity. A closing `/*` passes on what the `/*` of match.path took.',
      ),
    ),
    ...trafficKeys,
    websocket: Type.Optional(Websocket),
  },
  { ...strict, description: 'Where the route goes. Trailers of an answer pass to clients that take them, which are those over HTTP/2 and those over HTTP/1.1 with `TE: trailers`, less the fields that may not come late (RFC 9110 section 6.5.1); where a policy changes the body they are dropped. Trailers of a request are dropped.' },
)

const Redirect = Type.Object(
  {
    to: Type.String({
      pattern: '^(https?://[A-Za-z0-9.:\\[\\]-]+)?(/(?![/\\\\])|\\{/)',
      expects: 'a path that starts with one "/", or such a path behind a constant https://host',
      description:
        "Where the client is to go: a path, or one behind a constant `https://host`. Expressions are those of `to.path`; {x} fills one segment, {?x} writes a query, and none can change the host. Without a query of its own it gets the client's.",
    }),
    status: Type.Enum([301, 302, 303, 307, 308], {
      description: '301 and 308 are for good, 302, 303 and 307 for now; with 307 and 308 the method stays.',
      default: 308,
    }),
  },
  { ...strict, description: 'Sends the client elsewhere.' },
)

const Respond = Type.Object(
  {
    status: Type.Optional(Integer({ minimum: 200, maximum: 599, description: 'The status: 200 if left out. Not 304, which is about an answer that the client has.' })),
    headers: { ...headerMap('Headers of the answer; values are templates. A field whose expression has no value is left out.'), default: {} },
    body: Type.Optional(Type.String({ description: 'The body as it stands, as text/plain unless `headers` says otherwise.' })),
    json: Type.Optional(Type.Unknown({ description: 'The body as JSON. A text is a template: one that is a single expression keeps its type, and a member without a value is left out.' })),
    redirect: Type.Optional(Redirect),
  },
  { ...strict, description: 'What the gateway answers itself, in the place of `to`: a fixed answer, a mock or a redirect. At most one of body, json and redirect. Policies hold as elsewhere.' },
)

const Operations = Type.Object(
  {
    depth: Integer({ minimum: 1, description: 'Deepest nesting of fields.', default: 12 }),
    calls: Integer({ minimum: 1, description: 'Most calls to services that one operation may make. A mutation that needs more runs nothing, and what is read below one of its fields leaves later ones their calls.', default: 50 }),
    tokens: Integer({ minimum: 1, description: 'Longest document, in tokens.', default: 2000 }),
    aliases: Integer({ minimum: 0, description: 'Most aliases in one operation.', default: 30 }),
    directives: Integer({ minimum: 0, description: 'Most directives in one operation.', default: 50 }),
    rootFields: Integer({ minimum: 1, description: 'Most fields of Query or Mutation in one operation.', default: 30 }),
    resolver: Duration({ description: 'For how long a resolver in code may run, the calls that it waits for included. Then its signal aborts, and its field is RESOLVER_TIMEOUT.', default: '30s', minimum: 1, maximum: longest }),
    answer: Size({ description: 'Longest answer, in characters of its data; each error counts for 1,000 of them, and where code resolves fields, each field for 64. Lists within lists can make it long with few calls; one that grows longer is given up with OPERATION_TOO_LARGE.', default: '16MiB', minimum: 1 }),
    cost: Type.Optional(Integer({ minimum: 1, description: 'Most that one operation may cost: the sum of its fields\' weights, each as often as the lists above it make it at most. `@cost(weight: n)` gives a field its weight; without it a field with a call weighs 1, and any other nothing. Unbounded if left out.' })),
  },
  { ...strict, description: 'What one operation may ask; more is refused before any call.', default: {} },
)

/** A route without its policies: it has one of `to` and `respond`. */
export const RouteCore = { match: Match, to: To, respond: Respond }

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
  explain: Type.Optional(
    Type.Object(
      {
        scopes: Type.Array(Type.String({ minLength: 1 }), { description: 'Scopes that a client must have for it, all of them.', default: [] }),
      },
      { ...strict, description: 'Lets clients ask with the header `x-sluice-explain: plan` or `trace` what their operation calls: the answer then has the plan with its bounds, or the calls that were made with their times and how many a client would make without composition, in `extensions.sluice`. The playground draws them.' },
    ),
  ),
  introspection: Type.Optional(
    Type.Object(
      {
        scopes: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'Scopes that a client must have for it, all of them.' }),
      },
      { ...strict, description: 'Who may ask for the schema with `__schema` and `__type`, and is told near misses in messages ("Did you mean …?"). Everybody if left out.' },
    ),
  ),
  documents: Type.Optional(
    Type.Object(
      {
        manifest: Type.Optional(Type.String({ description: 'JSON file of documents that clients ask for by `documentId`, or by `extensions.persistedQuery.sha256Hash`; the path starts from this file. Either `{ "<id>": "<document>" }` or an Apollo persisted-query manifest. Each document has to be valid and within `operations`.' })),
        only: Type.Boolean({ description: 'Whether every other document is refused. One that is sent whole counts as the manifest\'s own where its text is the same.', default: false }),
        apq: Type.Boolean({ description: 'Whether clients may have documents kept under their hash (automatic persisted queries). Valid ones are kept in this process, 16 MiB of them, the latest used.', default: false }),
      },
      { ...strict, description: 'Documents that clients need not send.' },
    ),
  ),
  operations: Operations,
}

export type MatchSettings = Static<typeof Match>
/** Where a route goes, as it is written: with `service` or with `operation`. */
export type WrittenTo = Static<typeof To>
export type ToSettings = Omit<WrittenTo, 'service' | keyof FaceSettings> & { service: string }
/** The REST face of an operation. */
export interface FaceSettings {
  /** The name or the id of a trusted document. */
  operation: string
  /** Templates by variable. */
  variables: Record<string, unknown>
  partial: boolean
}
export type RespondSettings = Static<typeof Respond>
export type OperationSettings = Static<typeof Operations>
