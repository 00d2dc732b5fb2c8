import { SluiceError } from '../errors.ts'
import { firstValue } from '../headers.ts'
import type { GraphqlRequest } from './http-request.ts'

/** Headers that a page can't set for another site before that site has agreed to it (Fetch, CORS-preflight). */
const asking = ['x-apollo-operation-name', 'apollo-require-preflight']

/** Content types that any page may send without asking (Fetch, CORS-safelisted request-header). */
const simple = /^\s*(text\/plain|application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i

/**
 * The refusal of a GET that a page of another site could have a browser send, with the visitor's certificate, by a
 * link, an image or a script. A POST needs none, for its content type is one that has to be asked for.
 */
export function refuseCrossSite({ method, headers }: GraphqlRequest): SluiceError | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  if (asking.some((name) => (firstValue(headers, name) ?? '') !== '')) return undefined
  const type = firstValue(headers, 'content-type') ?? ''
  if (type !== '' && !simple.test(type)) return undefined
  const [mode, site] = [firstValue(headers, 'sec-fetch-mode'), firstValue(headers, 'sec-fetch-site') ?? 'none']
  const embedded = mode === 'navigate' || mode === 'no-cors'
  const foreign = site !== 'none' && site !== 'same-origin'
  if (!embedded && !foreign && wantsData(firstValue(headers, 'accept'))) return undefined
  const sentence = 'Any web page could have sent this GET. Accept application/json, and from a page of another site set the header apollo-require-preflight.'
  return new SluiceError('CROSS_SITE_REFUSED', sentence)
}

/** Whether what is accepted could be an answer; what browsers accept for pages is anything, too, but page first. */
function wantsData(accept = '*/*'): boolean {
  if (/application\/(graphql-response\+)?json/i.test(accept)) return true
  return /\*\/\*|application\/\*/.test(accept) && !/text\/html|image\//i.test(accept)
}
