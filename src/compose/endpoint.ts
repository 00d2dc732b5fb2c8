import { Kind, Source, type DocumentNode, type ExecutionResult } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { GraphqlSettings } from '../config/config.ts'
import { errorTable, SluiceError, type Answer } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Service } from '../services/service.ts'
import type { Bound } from './binding.ts'
import { buildExecutor, type Executor } from './execute.ts'
import { graphqlErrorOf, present } from './graphql-error.ts'
import { answerType, readParameters, wantsPage, type GraphqlParameters } from './http-request.ts'
import { measureDocument, parseWithin, tooIntricate, wasAborted, type OperationLimits } from './limits.ts'
import { buildPlayground } from './playground.ts'
import { isObject } from './row.ts'
import { TextCache } from './text-cache.ts'

export interface EndpointParts {
  readonly services: ReadonlyMap<string, Service>
  readonly clock: Clock
  readonly log: Logger
  /** Queries that the playground shows, a tab each. */
  readonly samples?: readonly string[] | undefined
  /** A bearer token that the playground fills in, for demos. */
  readonly token?: string | undefined
}

/** The end of the GraphQL route. The caller has read the body, within its limit, and writes the answer. */
export interface GraphqlEndpoint {
  handle(exchange: Exchange, body: Buffer | null): Promise<Answer>
}

interface ServerContext {
  exchange: Exchange
  parameters: GraphqlParameters
}

/** The path within yoga; the route has matched the real one. */
const inner = '/graphql'

/** Builds the endpoint once a gateway: documents are parsed and validated once a text. */
export function buildEndpoint(settings: Pick<GraphqlSettings, 'path' | 'playground' | 'operations' | 'explain'>, bound: Bound, parts: EndpointParts): GraphqlEndpoint {
  const { services, clock, log, samples = [], token } = parts
  const limits = settings.operations
  const calls = { services, most: limits.calls, clock }
  const executor = buildExecutor({ bound, calls, mostFields: limits.tokens, log, explain: settings.explain })
  const playground = settings.playground ? buildPlayground({ samples, token }) : null
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
    plugins: [composition(executor, limits)],
  })
  return {
    async handle(exchange, body) {
      if (playground !== null && wantsPage(exchange)) return playground(exchange)
      const parameters = readParameters(exchange, body)
      if (parameters instanceof SluiceError) return refuse(exchange, parameters)
      const request = { method: exchange.method === 'POST' ? 'POST' : 'GET', headers: { accept: answerType(exchange) } }
      const response = await yoga.fetch(`http://gateway${inner}`, request, { exchange, parameters })
      return { status: response.status, headers: headersOf(response.headers), body: await response.text() }
    },
  }
}

function headersOf(headers: Headers): Answer['headers'] {
  const allow = headers.get('allow')
  return {
    'content-type': headers.get('content-type') ?? 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    vary: 'accept',
    ...allow === null ? {} : { allow },
  }
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

function composition(executor: Executor, limits: OperationLimits): Plugin<ServerContext, ServerContext> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      setRequestParser(() => serverContext.parameters)
    },
    onParse: ({ setParseFn }) => setParseFn((source: unknown) => parseWithin(typeof source === 'string' || source instanceof Source ? source : '', limits)),
    onValidate({ params, setResult }) {
      const document: unknown = params.documentAST
      const refusal = isDocument(document) ? measureDocument(document, limits) : undefined
      if (refusal !== undefined) setResult([refusal])
      return ({ result, setResult: replace }) => {
        if (result.some(wasAborted)) replace([tooIntricate()])
      }
    },
    onExecute({ args, setExecuteFn }) {
      const { exchange } = args.contextValue
      setExecuteFn((given) => executor(exchange, given))
    },
    onResultProcess({ result, serverContext }) {
      if (!Array.isArray(result) && 'errors' in result) noteErrors(serverContext.exchange, result.errors ?? [])
    },
  }
}

function isDocument(value: unknown): value is DocumentNode {
  return isObject(value) && 'kind' in value && value.kind === Kind.DOCUMENT
}
