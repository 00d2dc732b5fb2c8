import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { chooseCoding } from '../coding.ts'
import type { Answer } from '../errors.ts'
import { firstValue, type HeaderMap } from '../headers.ts'

export interface PlaygroundSettings {
  readonly samples: readonly string[]
  readonly token: string | undefined
}

const encodings = ['br', 'gzip'] as const

type Encoding = (typeof encodings)[number] | 'identity'

interface Page {
  readonly html: Buffer
  readonly etag: string
  readonly policy: string
}

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

/** Stands for the options until they are written with `<` escaped, so that no sample can end the script. */
const marker = '{"title":"Sluice"}'

async function renderPage({ samples, token }: PlaygroundSettings): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const headers = token === undefined ? undefined : JSON.stringify({ authorization: `Bearer ${token}` }, null, 2)
  const options = {
    title: 'Sluice',
    ...headers === undefined ? {} : { headers, defaultHeaders: headers },
    ...samples.length === 0 ? {} : {
      defaultQuery: samples[0],
      defaultTabs: samples.map((query) => ({ query, ...headers === undefined ? {} : { headers } })),
    },
  }
  const html = renderGraphiQL({ title: 'Sluice' }).replace(marker, () => JSON.stringify(options).replaceAll('<', '\\u003c'))
  const etag = createHash('sha256').update(html).digest('base64url')
  return { html: Buffer.from(html), etag, policy: policyFor(html) }
}

/** Only the page's own script runs, known by its hash, and it talks to this address alone. */
function policyFor(html: string): string {
  const start = html.indexOf('<script>') + '<script>'.length
  const script = html.slice(start, html.lastIndexOf('</script>'))
  const hash = createHash('sha256').update(script).digest('base64')
  return [
    "default-src 'none'", `script-src 'sha256-${hash}'`, 'worker-src blob:', "style-src 'unsafe-inline'", 'img-src data:',
    'font-src data:', "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join('; ')
}
