import { Kind, Source, type DocumentNode, type ExecutionResult } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { GraphqlSettings } from '../config/config.ts'
import { errorTable, SluiceError, type Answer } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Service } from '../services/service.ts'
import type { Bound } from './binding.ts'
import { refuseCrossSite } from './cross-site.ts'
import { compileDocuments, type FoundDocument } from './documents.ts'
import { buildExecutor, type Executor } from './execute.ts'
import { explainHeader } from './explain.ts'
import { graphqlErrorOf, present } from './graphql-error.ts'
import { answerType, readParameters, wantsPage } from './http-request.ts'
import { mayIntrospect, withoutSuggestions } from './introspection.ts'
import { measureDocument, parseWithin, tooIntricate, wasAborted } from './limits.ts'
import { buildPlayground } from './playground/playground.ts'
import { isObject } from './row.ts'
import { cacheHeaders, type CacheParts } from './share/cache-policy.ts'
import type { Sharing } from './share/sharing.ts'
import { TextCache } from './text-cache.ts'
import type { TrustedDocuments } from './trusted.ts'

export interface EndpointParts {
  readonly services: ReadonlyMap<string, Service>
  readonly clock: Clock
  readonly log: Logger
  /** What requests share with each other; nothing where it is left out. */
  readonly sharing?: Sharing | undefined
  /** What caches have to know; without it no answer may be kept. */
  readonly cache?: CacheParts | undefined
  /** Documents of the manifest, where there is one. */
  readonly trusted?: TrustedDocuments | undefined
  /** Queries that the playground shows, a tab each. */
  readonly samples?: readonly string[] | undefined
  /** A bearer token that the playground fills in, for demos. */
  readonly token?: string | undefined
}

/** The end of the GraphQL route. The caller has read the body, within its limit, and writes the answer. */
export interface GraphqlEndpoint {
  handle(exchange: Exchange, body: Buffer | null): Promise<Answer>
}

interface ServerContext extends FoundDocument {
  exchange: Exchange
}

type EndpointSettings = Pick<GraphqlSettings, 'path' | 'playground' | 'operations' | 'explain' | 'introspection' | 'documents'>

/** The path within yoga; the route has matched the real one. */
const inner = '/graphql'

/** Builds the endpoint once a gateway: documents are parsed and validated once a text. */
export function buildEndpoint(settings: EndpointSettings, bound: Bound, parts: EndpointParts): GraphqlEndpoint {
  const { services, clock, log, trusted, samples = [], token, sharing, cache } = parts
  const { operations: limits, introspection, documents } = settings
  const findDocument = compileDocuments(documents, trusted)
  const calls = { services, most: limits.calls, clock, shared: sharing?.calls }
  const executor = buildExecutor({ bound, calls, mostFields: limits.tokens, cost: limits.cost, introspection, log, explain: settings.explain, shared: sharing?.operations, cache })
  const asking = [...cache?.credentials ?? [], ...settings.explain === undefined ? [] : [explainHeader]]
  const playground = settings.playground ? buildPlayground({ samples, token, explain: settings.explain }) : null
  const yoga = createYoga<ServerContext>({
    schema: bound.schema,
    graphqlEndpoint: inner,
    graphiql: false,
    landingPage: false,
    logging: false,
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    maskedErrors: { maskError: (error) => present(error, log) },
    parserAndValidationCache: {
      documentCache: new TextCache({ most: 1000, longest: 16_384 }),
      errorCache: new TextCache({ most: 200, longest: 4096 }),
      validationCache: true,
    },
    plugins: [composition(executor, settings, trusted)],
  })
  return {
    async handle(exchange, body) {
      if (playground !== null && wantsPage(exchange)) return playground(exchange)
      const parameters = refuseCrossSite(exchange) ?? readParameters(exchange, body)
      const found = parameters instanceof SluiceError ? parameters : findDocument(parameters)
      if (found instanceof SluiceError) return refuse(exchange, found)
      const request = { method: exchange.method === 'POST' ? 'POST' : 'GET', headers: { accept: answerType(exchange) } }
      const response = await yoga.fetch(`http://gateway${inner}`, request, { exchange, ...found })
      return { status: response.status, headers: { ...headersOf(response.headers), ...cacheHeaders(exchange, asking) }, body: await response.text() }
    },
  }
}

function headersOf(headers: Headers): Answer['headers'] {
  const passed = ['allow', 'retry-after'].flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  return { 'content-type': headers.get('content-type') ?? 'application/json; charset=utf-8', ...Object.fromEntries(passed) }
}

function refuse(exchange: Exchange, error: SluiceError): Answer {
  noteErrors(exchange, [graphqlErrorOf(error)])
  return {
    status: errorTable[error.code].status,
    headers: { ...error.headers, 'content-type': `${answerType(exchange)}; charset=utf-8`, 'cache-control': 'no-store', vary: 'accept' },
    body: JSON.stringify({ errors: [graphqlErrorOf(error)] }),
  }
}

/** Adds the codes of an answer's errors to the access log. */
function noteErrors({ record }: Exchange, errors: NonNullable<ExecutionResult['errors']>): void {
  const codes = errors.flatMap(({ extensions: { code } }) => typeof code === 'string' ? [code] : [])
  if (codes.length > 0) record.fields['graphqlErrors'] = [...new Set(codes)]
}

function composition(
  executor: Executor, { operations: limits, introspection }: EndpointSettings, trusted: TrustedDocuments | undefined,
): Plugin<ServerContext, ServerContext> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      setRequestParser(() => serverContext.parameters)
    },
    onParse({ params, setParseFn, setParsedDocument }) {
      const source: unknown = params.source
      const known = trusted?.documentByText.get(String(source instanceof Source ? source.body : source))
      if (known !== undefined) return setParsedDocument(known)
      setParseFn((given: unknown) => parseWithin(typeof given === 'string' || given instanceof Source ? given : '', limits))
    },
    onValidate({ params, setResult }) {
      const document: unknown = params.documentAST
      const refusal = isDocument(document) ? measureDocument(document, limits) : undefined
      if (refusal !== undefined) setResult([refusal])
      return ({ result, setResult: replace }) => {
        if (result.some(wasAborted)) replace([tooIntricate()])
      }
    },
    onExecute({ args, setExecuteFn }) {
      const { exchange, keep } = args.contextValue
      keep?.()
      setExecuteFn((given) => executor(exchange, given))
    },
    onResultProcess(hook) {
      const { result, serverContext: { exchange } } = hook
      if (Array.isArray(result) || !('errors' in result)) return
      const errors = result.errors ?? []
      noteErrors(exchange, errors)
      // What was found out about a document is kept for all clients; what is told of it is each one's own.
      if (errors.length > 0 && !mayIntrospect(exchange.identity, introspection)) hook.setResult({ ...result, errors: errors.map(withoutSuggestions) })
    },
  }
}

function isDocument(value: unknown): value is DocumentNode {
  return isObject(value) && 'kind' in value && value.kind === Kind.DOCUMENT
}
