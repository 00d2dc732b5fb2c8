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

type Compress = Readonly<Record<Encoding, (body: Buffer) => Promise<Buffer>>>

/**
 * Compiles what gives an asset: it is made with the first request, compressed once for each encoding, and asked after
 * by its ETag. What failed is tried again with the next request.
 */
export function compileAsset(make: () => Promise<Asset>, compress: Compress = compressing): GiveAsset {
  const made = once(async () => {
    const asset = await make()
    const { body } = asset
    const bodies = { br: once(() => compress.br(body)), gzip: once(() => compress.gzip(body)), identity: once(() => compress.identity(body)) }
    return { ...asset, bodies, digest: createHash('sha256').update(body).digest('base64url') }
  })
  return async ({ headers }) => {
    const { bodies, digest, type, headers: own } = await made()
    const encoding = chooseCoding(firstValue(headers, 'accept-encoding'), encodings) ?? 'identity'
    const etag = `"${digest}-${encoding}"`
    const common = { etag, 'cache-control': 'private, no-cache', vary: 'accept-encoding', ...own }
    if (headers['if-none-match'] === etag) return { status: 304, headers: common, body: '' }
    const encoded = encoding === 'identity' ? {} : { 'content-encoding': encoding }
    return { status: 200, headers: { ...common, 'content-type': type, 'x-content-type-options': 'nosniff', ...encoded }, body: await bodies[encoding]() }
  }
}

/** Makes something for the first who asks and those after; where it failed, the next who asks has it made again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make().catch((thrown: unknown) => {
    made = undefined
    throw thrown
  }))
}

/** Compression runs on other threads; a middling quality keeps the first visitor's wait short. */
const compressing: Compress = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
  gzip: (body) => promisify(gzip)(body),
  identity: (body) => Promise.resolve(body),
}
