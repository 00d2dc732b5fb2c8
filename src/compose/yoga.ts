import { Kind, Source, type DocumentNode, type GraphQLSchema } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { GraphqlSettings } from '../config/config.ts'
import type { Answer } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { errorsFor } from './client-errors.ts'
import type { FoundDocument } from './documents.ts'
import { resultOf, type Executed } from './executed.ts'
import type { Executor } from './execute.ts'
import { present } from './graphql-error.ts'
import { answerType } from './http-request.ts'
import type { KnownDocuments } from './known-documents.ts'
import { measureDocument, parseWithin, tooIntricate, wasAborted } from './limits.ts'
import { isObject } from './row.ts'

export interface YogaParts {
  readonly schema: GraphQLSchema
  readonly executor: Executor
  readonly log: Logger
  readonly settings: Pick<GraphqlSettings, 'operations' | 'introspection'>
  readonly documents: KnownDocuments
}

/** Answers a request; `executing` is the operation, where it has begun already. */
export type AskYoga = (exchange: Exchange, found: FoundDocument, executing?: Promise<Executed>) => Promise<Answer>

interface ServerContext extends FoundDocument {
  exchange: Exchange
  executing: Promise<Executed> | undefined
}

/** The path within yoga; the route has matched the real one. */
const inner = '/graphql'

/** Builds what answers any request: documents are parsed and validated once a text, for as long as they are known. */
export function buildYoga(parts: YogaParts): AskYoga {
  const { schema, log } = parts
  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: inner,
    graphiql: false,
    landingPage: false,
    logging: false,
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    maskedErrors: { maskError: (error) => present(error, log) },
    // It would keep what is invalid, too, with errors of any size.
    parserAndValidationCache: false,
    plugins: [composition(parts)],
  })
  return async (exchange, found, executing) => {
    const request = { method: exchange.method === 'POST' ? 'POST' : 'GET', headers: { accept: answerType(exchange) } }
    const response = await yoga.fetch(`http://gateway${inner}`, request, { exchange, executing, ...found })
    return { status: response.status, headers: headersOf(response.headers), body: await response.text() }
  }
}

function headersOf(headers: Headers): Answer['headers'] {
  const passed = ['allow', 'retry-after'].flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  return { 'content-type': headers.get('content-type') ?? 'application/json; charset=utf-8', ...Object.fromEntries(passed) }
}

function composition(
  { executor, settings: { operations: limits, introspection }, documents }: YogaParts,
): Plugin<ServerContext, ServerContext> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      setRequestParser(() => serverContext.parameters)
    },
    onParse({ params, setParseFn, setParsedDocument }) {
      const source: unknown = params.source
      const known = documents.find(String(source instanceof Source ? source.body : source))
      if (known !== undefined) return setParsedDocument(known)
      setParseFn((given: unknown) => parseWithin(typeof given === 'string' || given instanceof Source ? given : '', limits))
    },
    onValidate({ params, setResult }) {
      const document: unknown = params.documentAST
      if (isDocument(document) && documents.has(document)) return setResult([])
      const refusal = isDocument(document) ? measureDocument(document, limits) : undefined
      if (refusal !== undefined) setResult([refusal])
      return ({ result, setResult: replace }) => {
        if (result.some(wasAborted)) replace([tooIntricate()])
      }
    },
    onExecute({ args, setExecuteFn }) {
      const { exchange, keep, executing } = args.contextValue
      const document: unknown = args.document
      keep?.()
      if (isDocument(document)) documents.keep(document)
      setExecuteFn(async (given) => resultOf(await (executing ?? executor(exchange, given))))
    },
    onResultProcess(hook) {
      const { result, serverContext: { exchange } } = hook
      if (Array.isArray(result) || !('errors' in result)) return
      const errors = errorsFor(exchange, result.errors ?? [], introspection)
      if (errors.length > 0) hook.setResult({ ...result, errors })
    },
  }
}

function isDocument(value: unknown): value is DocumentNode {
  return isObject(value) && 'kind' in value && value.kind === Kind.DOCUMENT
}
