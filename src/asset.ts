import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { chooseCoding } from './coding.ts'
import type { Answer } from './errors.ts'
import { firstValue, type HeaderMap } from './headers.ts'

const encodings = ['br', 'gzip'] as const

type Encoding = (typeof encodings)[number] | 'identity'

/** Something that is the same for everybody who may have it. */
export interface Asset {
  readonly body: Buffer
  readonly type: string
  /** Headers of its own, such as the policy of a page. */
  readonly headers?: Readonly<Record<string, string>>
}

export type GiveAsset = (request: { readonly headers: HeaderMap }) => Promise<Answer>

/** Compiles what gives an asset: it is made with the first request, compressed once for each encoding, and asked after by its ETag. */
export function compileAsset(make: () => Promise<Asset>): GiveAsset {
  let made: Promise<Asset & { digest: string }> | undefined
  const bodies = new Map<Encoding, Promise<Buffer>>()
  return async ({ headers }) => {
    made ??= make().then((asset) => ({ ...asset, digest: createHash('sha256').update(asset.body).digest('base64url') }))
    const asset = await made
    const encoding = chooseCoding(firstValue(headers, 'accept-encoding'), encodings) ?? 'identity'
    const etag = `"${asset.digest}-${encoding}"`
    const common = { etag, 'cache-control': 'private, no-cache', vary: 'accept-encoding', ...asset.headers }
    if (headers['if-none-match'] === etag) return { status: 304, headers: common, body: '' }
    const body = bodies.get(encoding) ?? compress[encoding](asset.body)
    bodies.set(encoding, body)
    const encoded = encoding === 'identity' ? {} : { 'content-encoding': encoding }
    return { status: 200, headers: { ...common, 'content-type': asset.type, 'x-content-type-options': 'nosniff', ...encoded }, body: await body }
  }
}

/** Compression runs on other threads; a middling quality keeps the first visitor's wait short. */
const compress: Record<Encoding, (body: Buffer) => Promise<Buffer>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
  gzip: (body) => promisify(gzip)(body),
  identity: (body) => Promise.resolve(body),
}
