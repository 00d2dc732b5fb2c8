import type { GraphQLSchema } from 'graphql'
import { noteErrors } from './compose/client-errors.ts'
import type { Executed } from './compose/executed.ts'
import type { Executor } from './compose/execute.ts'
import { answerOf } from './compose/face/answer.ts'
import type { Face } from './compose/face/face.ts'
import { readVariables } from './compose/face/variable.ts'
import { readJson } from './compose/http-request.ts'
import { valueAt } from './compose/row.ts'
import { cacheHeaders } from './compose/share/cache-policy.ts'
import { asSluiceError, SluiceError, type Answer } from './errors.ts'
import { readBody } from './graphql.ts'
import { fallbackField } from './hop-by-hop.ts'
import { withChallenges } from './identity/challenge.ts'
import type { HttpExchange } from './incoming.ts'
import type { End } from './route.ts'

export interface FaceParts {
  readonly schema: GraphQLSchema
  readonly execute: Executor
  /** Request headers that tell who asks. */
  readonly credentials: readonly string[]
  /** What a client is told to send that isn't known. */
  readonly challenges: readonly string[]
}

/** Compiles the end of a route that shows an operation: its variables are read, it is executed, and its data is the answer. */
export function compileFace(face: Face, { schema, execute, credentials, challenges }: FaceParts): End {
  const { document, operation, variables } = face
  const reads = variables.some(({ uses }) => uses.some(({ from }) => from === 'body'))

  async function answer(exchange: HttpExchange): Promise<Answer | SluiceError> {
    const sent = reads ? await readBody(exchange) : null
    const body = sent === null ? { json: undefined } : readJson(exchange, sent)
    if (body instanceof SluiceError) return body
    const given = { parameters: exchange.parameters, query: new URLSearchParams(exchange.query), body: body.json }
    const values = readVariables(variables, given)
    if (values instanceof SluiceError) return values
    const executed = await execute(exchange, {
      schema, document, variableValues: values, operationName: operation.name?.value ?? null,
    })
    noteErrors(exchange, executed.errors ?? [])
    const answered = answerOf(face, executed)
    if (answered instanceof SluiceError) return answered.status === 401 ? withChallenges(answered, challenges) : answered
    return { ...answered, headers: { ...answered.headers, ...cacheHeaders(exchange, credentials), ...fallbackHeader(executed) } }
  }

  return (exchange, sink) => {
    answer(exchange)
      .catch((thrown: unknown) => asSluiceError(thrown))
      .then((answered) => sink.answer(answered))
      .catch(() => exchange.response.destroy())
  }
}

/** Says what answered in services' places, as the answer of any other route does. */
function fallbackHeader({ extensions }: Executed): Answer['headers'] {
  const fallbacks = valueAt(extensions, ['sluice', 'fallbacks'])
  const kinds = Array.isArray(fallbacks) ? fallbacks.map((each) => String(valueAt(each, ['kind']))) : []
  return kinds.length === 0 ? {} : { [fallbackField]: [...new Set(kinds)].join(', ') }
}
