import type { Transform } from 'node:stream'
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import { qualityOf, readQualities } from './quality.ts'

export type Coding = 'br' | 'gzip' | 'zstd'

/**
 * Makes the stream that compresses one body of so many bytes. Where the length is not known beforehand, every piece is
 * flushed, since the client may wait for it. Levels are such that a byte costs about the same with each.
 */
export const codings: Record<Coding, (length: number | undefined) => Transform> = {
  br: (length) => createBrotliCompress({
    flush: length === undefined ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_PROCESS,
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 4,
      // The default window takes 4 MiB a stream; this one takes 512 KiB.
      [constants.BROTLI_PARAM_LGWIN]: 19,
      [constants.BROTLI_PARAM_SIZE_HINT]: Math.min(length ?? 0, 2 ** 30),
    },
  }),
  gzip: (length) => createGzip({ level: 6, flush: length === undefined ? constants.Z_SYNC_FLUSH : constants.Z_NO_FLUSH }),
  zstd: (length) => createZstdCompress({
    flush: length === undefined ? constants.ZSTD_e_flush : constants.ZSTD_e_continue,
    params: { [constants.ZSTD_c_compressionLevel]: 3 },
  }),
}

/** Whether a client refuses the body as it is. */
export function refusesPlain(accepted: string | undefined): boolean {
  return accepted !== undefined && qualityOf(readQualities(accepted), 'identity') === 0
}

/**
 * The coding that a client wants most (RFC 9110 section 12.5.3), the first of `offered` among equals; undefined where
 * it wants none of them, or the body as it is more than any.
 */
export function chooseCoding<C extends Coding>(accepted: string | undefined, offered: readonly C[]): C | undefined {
  if (accepted === undefined) return undefined
  const list = readQualities(accepted).map((item) => (item.name === 'x-gzip' ? { ...item, name: 'gzip' } : item))
  const plain = list.find(({ name }) => name === 'identity')?.quality ?? 0
  let best: C | undefined
  let most = 0
  for (const coding of offered) {
    const quality = qualityOf(list, coding) ?? 0
    if (quality <= most || quality < plain) continue
    best = coding
    most = quality
  }
  return best
}
