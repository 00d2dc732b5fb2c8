import { getOperationAST, OperationTypeNode, type GraphQLSchema } from 'graphql'
import type { Exchange } from '../exchange.ts'
import type { FoundDocument } from './documents.ts'
import type { Executed } from './executed.ts'
import type { Executor } from './execute.ts'
import type { GraphqlParameters } from './http-request.ts'
import type { KnownDocuments } from './known-documents.ts'
import { isObject } from './row.ts'

export interface PlainParts {
  readonly schema: GraphQLSchema
  readonly executor: Executor
  readonly documents: Pick<KnownDocuments, 'find'>
}

/**
 * Executes requests that leave yoga nothing to decide: what is asked is well-formed, and a document that is known to
 * be valid. Yoga's hooks, Request and Response cost more than many an operation.
 */
export class PlainRequests {
  readonly #parts: PlainParts

  constructor(parts: PlainParts) {
    this.#parts = parts
  }

  /** Begins to execute a request; undefined where it is not plain. */
  execute(exchange: Exchange, { parameters, keep }: FoundDocument): Promise<Executed> | undefined {
    const { query, variables, operationName } = parameters
    const document = typeof query === 'string' ? this.#parts.documents.find(query) : undefined
    if (document === undefined || !isPlain(parameters) || !isTextOrNone(operationName) || !isObjectOrNone(variables)) return undefined
    const operation = getOperationAST(document, operationName)
    if (!operation || (operation.operation === OperationTypeNode.MUTATION && exchange.method !== 'POST')) return undefined
    keep?.()
    return this.#parts.executor(exchange, {
      schema: this.#parts.schema, document, variableValues: variables ?? null, operationName: operationName ?? null,
    })
  }
}

const known: ReadonlySet<string> = new Set(['query', 'variables', 'operationName', 'extensions'])

/** Whether there is nothing among the parameters that yoga would refuse. */
function isPlain(parameters: GraphqlParameters): boolean {
  for (const name in parameters) if (!known.has(name) && (parameters[name] ?? null) !== null) return false
  return isObjectOrNone(parameters['extensions'])
}

function isTextOrNone(value: unknown): value is string | null | undefined {
  return typeof value === 'string' || value === null || value === undefined
}

function isObjectOrNone(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === null || value === undefined || isObject(value)
}
