import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { GraphqlSettings } from '../config/config.ts'
import { errorTable, SluiceError, type Answer } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Service } from '../services/service.ts'
import type { Bound } from './binding.ts'
import { errorsFor, noteErrors } from './client-errors.ts'
import { refuseCrossSite } from './cross-site.ts'
import { compileDocuments, type FoundDocument } from './documents.ts'
import { Answered } from './executed.ts'
import { buildExecutor, type Executor } from './execute.ts'
import { explainHeader } from './explain.ts'
import { graphqlErrorOf } from './graphql-error.ts'
import { answerType, readParameters, wantsPage } from './http-request.ts'
import { PlainRequests } from './plain.ts'
import { KnownDocuments } from './known-documents.ts'
import { buildPlayground } from './playground/playground.ts'
import { cacheHeaders, type CacheParts } from './share/cache-policy.ts'
import type { Sharing } from './share/sharing.ts'
import type { TrustedDocuments } from './trusted.ts'
import { buildYoga } from './yoga.ts'

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
  /** Whether plain requests pass yoga by; all by yoga they are slower, and the same. */
  readonly plain?: boolean
}

/** The end of the GraphQL route. The caller has read the body, within its limit, and writes the answer. */
export interface GraphqlEndpoint {
  /** Executes an operation that is valid and within the limits, whoever asks for it in what form. */
  readonly execute: Executor
  handle(exchange: Exchange, body: Buffer | null): Promise<Answer>
}

type EndpointSettings = Pick<GraphqlSettings, 'path' | 'playground' | 'operations' | 'explain' | 'introspection' | 'documents'>

/** Builds the endpoint once a gateway. */
export function buildEndpoint(settings: EndpointSettings, bound: Bound, parts: EndpointParts): GraphqlEndpoint {
  const { trusted, samples = [], token, cache } = parts
  const { explain } = settings
  const findDocument = compileDocuments(settings.documents, trusted)
  const documents = new KnownDocuments(trusted?.documentByText)
  const execute = executorOf(settings, bound, parts, documents)
  const answerTo = buildAnswering(settings, bound, parts, { documents, executor: execute })
  const asking = [...cache?.credentials ?? [], ...explain === undefined ? [] : [explainHeader]]
  const playground = settings.playground ? buildPlayground({ samples, token, explain }) : null
  return {
    execute,
    async handle(exchange, body) {
      if (playground !== null && wantsPage(exchange)) return playground(exchange)
      const parameters = refuseCrossSite(exchange) ?? readParameters(exchange, body)
      const found = parameters instanceof SluiceError ? parameters : findDocument(parameters)
      if (found instanceof SluiceError) return refuse(exchange, found)
      const answer = await answerTo(exchange, found)
      Object.assign(answer.headers, cacheHeaders(exchange, asking))
      return answer
    },
  }
}

function executorOf(
  { operations: limits, introspection, explain }: EndpointSettings, bound: Bound, parts: EndpointParts, documents: KnownDocuments,
): Executor {
  const { services, clock, log, sharing, cache } = parts
  const calls = { services, most: limits.calls, clock, shared: sharing?.calls }
  return buildExecutor({
    bound, calls, mostFields: limits.tokens, resolver: limits.resolver, answer: limits.answer, cost: limits.cost, introspection, log, explain,
    shared: sharing?.operations, cache, isKept: (document) => documents.has(document),
  })
}

/** What answers a request whose document is found: by yoga, or past it where there is nothing for yoga to decide. */
function buildAnswering(
  settings: EndpointSettings, { schema }: Bound, { log, plain = true }: EndpointParts,
  { documents, executor }: { documents: KnownDocuments, executor: Executor },
) {
  const { introspection } = settings
  const requests = new PlainRequests({ schema, executor, documents })
  const askYoga = buildYoga({ schema, executor, log, settings, documents })
  if (!plain) return askYoga
  return async (exchange: Exchange, found: FoundDocument): Promise<Answer> => {
    const executing = requests.execute(exchange, found)
    if (executing === undefined) return askYoga(exchange, found)
    // What has no data as text, or was thrown, is for yoga to write.
    const executed = await executing.catch(() => undefined)
    if (!(executed instanceof Answered)) return askYoga(exchange, found, executing)
    const errors = errorsFor(exchange, executed.errors, introspection)
    const told = errors === executed.errors ? executed : new Answered({ data: executed.data, errors }, executed.extensions)
    return { status: 200, headers: { 'content-type': `${answerType(exchange)}; charset=utf-8` }, body: told.text }
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
