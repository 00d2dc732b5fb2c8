import { createHash, hash } from 'node:crypto'
import { finished } from 'node:stream/promises'
import { asSluiceError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'

/** The digest of data, under which a store may know what it must not be told. */
export function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url')
}

/** Takes the digest of a body while others read it. The function tells it, or null as long as not all was read. */
export function watchDigest(exchange: Exchange): () => string | null {
  const body = createHash('sha256')
  let digest: string | null = null
  exchange.watchBody = (chunk) => {
    if (chunk === null) digest = body.digest('base64url')
    else body.update(chunk)
  }
  return () => digest
}

/** Reads a body that goes nowhere, and tells its digest. Rejects when the client leaves or the body is too large. */
export async function readDigest(exchange: Exchange): Promise<string | null> {
  const digest = watchDigest(exchange)
  try {
    const body = exchange.openBody()
    if (body !== null) await finished(body.resume(), { writable: false, signal: exchange.signal })
  } catch (thrown) {
    throw asSluiceError(exchange.signal.aborted ? exchange.signal.reason : thrown)
  }
  return digest()
}
