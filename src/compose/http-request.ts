import { SluiceError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { firstValue } from '../headers.ts'
import { isObject } from './row.ts'

/** What is needed of an exchange to read a GraphQL request. */
export type GraphqlRequest = Pick<Exchange, 'method' | 'query' | 'headers'>

const responseType = 'application/graphql-response+json'

/**
 * The media type to answer with: graphql-over-HTTP's own where the client prefers it, else JSON. A client that takes
 * neither gets JSON, too, as RFC 9110 section 12.5.1 allows.
 */
export function answerType({ headers }: GraphqlRequest): 'application/json' | typeof responseType {
  const accept = headers['accept']
  const ranges = parseAccept(Array.isArray(accept) ? accept.join(',') : accept ?? '')
  const weight = (type: string) => ranges.get(type) ?? ranges.get('application/*') ?? ranges.get('*/*') ?? 0
  const own = ranges.get(responseType) ?? 0
  return own > 0 && own >= weight('application/json') ? responseType : 'application/json'
}

function parseAccept(accept: string): Map<string, number> {
  return new Map(accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    const number = weight === undefined ? 1 : Number(weight.slice(2))
    return [type, Number.isFinite(number) ? number : 0]
  }))
}

/** Whether a browser asks for a page. */
export function wantsPage({ method, headers }: GraphqlRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && firstValue(headers, 'accept')?.includes('text/html') === true
}

/** What a request asks; who finds its document and yoga check the members' types. */
export type GraphqlParameters = Record<string, unknown>

/**
 * Reads what a request asks, or says why it can't be a GraphQL request. Only JSON is taken: the content types that
 * any page may send without asking first are refused, and so is every other method.
 */
export function readParameters(request: GraphqlRequest, body: Buffer | null): GraphqlParameters | SluiceError {
  const { method } = request
  if (method === 'GET' || method === 'HEAD') return readQuery(request)
  if (method === 'POST') return readBody(request, body)
  return new SluiceError('METHOD_NOT_ALLOWED', `GraphQL takes GET and POST, not ${method}.`, { headers: { allow: 'GET, POST' } })
}

function refuseContent({ headers }: Pick<GraphqlRequest, 'headers'>): SluiceError | undefined {
  const [type = '', ...parameters] = (firstValue(headers, 'content-type') ?? '').toLowerCase().split(';').map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  const utf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset)
  if (type === 'application/json' && utf8) return undefined
  const given = type === '' ? 'none is given' : `not "${[type, ...parameters].join('; ').slice(0, 100)}"`
  return new SluiceError('MEDIA_TYPE_UNSUPPORTED', `The content type has to be application/json in UTF-8; ${given}.`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Levels of objects and lists in the input. What reads it afterwards does so level by level, on the stack. */
const deepest = 100

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1))
}

function tooDeep(what: string): SluiceError {
  return new SluiceError('BAD_REQUEST', `${what} is nested more than ${deepest} deep.`)
}

/** Reads a request's JSON, or says why it has none. */
export function readJson(request: Pick<GraphqlRequest, 'headers'>, body: Buffer | null): { json: unknown } | SluiceError {
  const refusal = refuseContent(request)
  if (refusal !== undefined) return refusal
  try {
    const json: unknown = JSON.parse(utf8.decode(body ?? undefined))
    return isDeeper(json, deepest) ? tooDeep('The body') : { json }
  } catch {
    return new SluiceError('BAD_REQUEST', 'The body is no JSON.')
  }
}

function readBody(request: GraphqlRequest, body: Buffer | null): GraphqlParameters | SluiceError {
  const read = readJson(request, body)
  if (read instanceof SluiceError) return read
  if (Array.isArray(read.json)) return new SluiceError('BAD_REQUEST', 'The body is a list; send one operation a request.')
  return isObject(read.json) ? { ...read.json } : new SluiceError('BAD_REQUEST', 'The body is no object with a "query".')
}

function readQuery({ query }: GraphqlRequest): GraphqlParameters | SluiceError {
  const given = new URLSearchParams(query)
  const read: GraphqlParameters = {}
  for (const name of ['query', 'documentId', 'operationName', 'variables', 'extensions']) {
    const text = given.get(name)
    if (text === null || text === '') continue
    if (name !== 'variables' && name !== 'extensions') {
      // A copy: a part of the URL would hold all of it for as long as a document is kept.
      read[name] = Buffer.from(text).toString()
      continue
    }
    try {
      read[name] = JSON.parse(text)
    } catch {
      return new SluiceError('BAD_REQUEST', `The query parameter "${name}" is no JSON.`)
    }
    if (isDeeper(read[name], deepest)) return tooDeep(`The query parameter "${name}"`)
  }
  return read
}
