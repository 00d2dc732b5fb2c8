import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { chooseCoding } from '../../coding.ts'
import type { Answer } from '../../errors.ts'
import { firstValue, type HeaderMap } from '../../headers.ts'
import { renderPage, type Page, type PlaygroundSettings } from './page.ts'

const encodings = ['br', 'gzip'] as const

type Encoding = (typeof encodings)[number] | 'identity'

/** A page that needs nothing from elsewhere: rendered with the first request, compressed once for each encoding. */
export function buildPlayground(settings: PlaygroundSettings): (request: { headers: HeaderMap }) => Promise<Answer> {
  let rendered: Promise<Page> | undefined
  const bodies = new Map<Encoding, Promise<Buffer>>()
  return async ({ headers }) => {
    rendered ??= renderPage(settings)
    const page = await rendered
    const encoding = chooseCoding(firstValue(headers, 'accept-encoding'), encodings) ?? 'identity'
    const etag = `"${page.etag}-${encoding}"`
    const common = { etag, 'cache-control': 'private, no-cache', vary: 'accept, accept-encoding', 'content-security-policy': page.policy }
    if (headers['if-none-match'] === etag) return { status: 304, headers: common, body: '' }
    const body = bodies.get(encoding) ?? compress[encoding](page.html)
    bodies.set(encoding, body)
    const type = { 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' }
    const encoded = encoding === 'identity' ? {} : { 'content-encoding': encoding }
    return { status: 200, headers: { ...common, ...type, ...encoded }, body: await body }
  }
}

/** Compression runs on other threads; a middling quality keeps the first visitor's wait short. */
const compress: Record<Encoding, (html: Buffer) => Promise<Buffer>> = {
  br: (html) => promisify(brotliCompress)(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: html.length } }),
  gzip: (html) => promisify(gzip)(html),
  identity: (html) => Promise.resolve(html),
}
