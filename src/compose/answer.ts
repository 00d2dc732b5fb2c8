import { SluiceError } from '../errors.ts'
import type { CollectedAnswer } from '../services/collect.ts'
import { isObject, valueAt } from './row.ts'

/** What a call brought: a value, or the word that there is nothing at its address. */
export type Outcome = { readonly found: true, readonly value: unknown } | { readonly found: false }

/** Reads a service's JSON. Throws SERVICE_ERROR for its own errors and SERVICE_ANSWER_INVALID for what is no JSON. */
export function readAnswer({ status, body }: CollectedAnswer, service: string): Outcome {
  if (status === 404) return { found: false }
  if (status < 200 || status > 299) throw serviceError(status, body, service)
  if (body.length === 0) return { found: true, value: null }
  return { found: true, value: parseJson(body, service) }
}

function parseJson(body: Buffer, service: string): unknown {
  try {
    const text = body.toString()
    return hasLongNumber(text) ? JSON.parse(text, keepWhole) : JSON.parse(text)
  } catch (cause) {
    const detail = `The service "${service}" gave an answer that is no JSON.`
    throw new SluiceError('SERVICE_ANSWER_INVALID', detail, { cause, extensions: { service } })
  }
}

const longNumber = 16

/** Whether so many digits stand in a row that a double may not hold the number. Such a row has one at every 16th place. */
export function hasLongNumber(text: string): boolean {
  for (let at = longNumber - 1; at < text.length; at += longNumber) {
    if (!isDigit(text.charCodeAt(at))) continue
    let [from, to] = [at, at + 1]
    while (isDigit(text.charCodeAt(from - 1))) from -= 1
    while (isDigit(text.charCodeAt(to))) to += 1
    if (to - from >= longNumber) return true
  }
  return false
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** A whole number that a double can't hold stays as it is written: rounded it could be the key of something else. */
function keepWhole(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const { source = '' } = context ?? {}
  return /^-?\d+$/.test(source) ? source : value
}

/** The service's own words only where they are meant for the caller: with a 4xx. */
export function serviceError(status: number, body: Buffer, service: string): SluiceError {
  const said = status >= 400 && status < 500 ? sentenceOf(body) : undefined
  const detail = said === undefined ? '.' : `: ${said}`
  return new SluiceError('SERVICE_ERROR', `The service "${service}" answered with ${status}${detail}`, { extensions: { service, status } })
}

const longest = 300
const sentences = [['detail'], ['message'], ['error', 'message'], ['error']]

function sentenceOf(body: Buffer): string | undefined {
  let document: unknown
  try {
    document = JSON.parse(body.toString())
  } catch {
    return undefined
  }
  if (!isObject(document)) return undefined
  const said = sentences.map((path) => valueAt(document, path)).find((value) => typeof value === 'string')
  return said?.slice(0, longest)
}
