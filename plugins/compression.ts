import type { Transform } from 'node:stream'
import { Type } from 'typebox'
import { Size } from '../src/config/units.ts'
import { chooseCoding, codings, refusesPlain, type Coding } from '../src/coding.ts'
import type { Exchange } from '../src/exchange.ts'
import { addVary, firstValue, type HeaderMap } from '../src/headers.ts'
import { definePolicy, type AnswerHead } from '../src/policy.ts'

const names: readonly Coding[] = ['br', 'gzip', 'zstd']

const settings = Type.Object(
  {
    minSize: Size({ description: 'Smallest body that is worth it, where its length is known beforehand.', default: '1KiB' }),
    types: Type.Array(
      Type.String({ pattern: '^[a-z0-9.+-]+/(\\*(\\+[a-z0-9.-]+)?|[a-z0-9.+-]+)$', expects: 'a media type in lower case, such as text/html, text/* or application/*+json' }),
      {
        description: 'Media types that are worth it; `text/*` stands for all texts, `application/*+json` for all that end so.',
        default: ['text/*', 'application/json', 'application/*+json', 'application/xml', 'application/*+xml', 'application/javascript', 'image/svg+xml'],
      },
    ),
    algorithms: Type.Array(Type.Enum([...names]), {
      uniqueItems: true,
      description: 'Codings in order of preference, which counts where the client wants several as much. With none of them nothing is compressed.',
      default: [...names],
    }),
  },
  {
    additionalProperties: false,
    description: 'Compresses answers for clients that ask for it (Accept-Encoding). A stream of unknown length, such as server-sent events, is flushed with every piece. What a service has encoded itself, marked no-transform or signed with a digest passes as it is, and so do partial answers. An ETag becomes weak. It is off where a route says nothing: where an answer holds a secret beside text that an attacker can choose, its compressed length tells the secret (BREACH), so turn it on only for routes whose answers do not.',
  },
)

export const compression = definePolicy({
  name: 'compression',
  key: 'compression',
  shadow: false,
  config: settings,
  apply(_route, settings) {
    if (settings === undefined || settings.algorithms.length === 0) return undefined
    const { minSize, algorithms } = settings
    const compressible = compileTypes(settings.types)
    return {
      body(exchange, head) {
        const { status, headers } = head
        if (status === 304) addVary(headers, 'Accept-Encoding')
        if (!mayChange(head) || !compressible(firstValue(headers, 'content-type') ?? '')) return undefined
        addVary(headers, 'Accept-Encoding')
        const length = lengthOf(headers)
        const coding = asked(exchange, algorithms)
        if (coding === undefined) return undefined
        const worth = (length ?? Infinity) >= minSize || refusesPlain(firstValue(exchange.headers, 'accept-encoding'))
        return worth ? encode(exchange, headers, coding, length) : undefined
      },
    }
  },
})

/** Statuses without a body, and with a part of one: a range counts the bytes of what the service has. */
const untouched = new Set([204, 205, 206, 304])

/** Fields that vouch for the very bytes (RFC 9530). */
const digests = ['content-digest', 'repr-digest', 'digest', 'content-md5']

function mayChange({ status, headers }: AnswerHead): boolean {
  if (status < 200 || untouched.has(status) || headers['content-range'] !== undefined) return false
  if ((firstValue(headers, 'content-encoding') ?? 'identity').toLowerCase() !== 'identity') return false
  return !forbidsChange(headers) && digests.every((name) => headers[name] === undefined)
}

/** RFC 9111 sections 5.2.1.6 and 5.2.2.6. */
function forbidsChange(headers: HeaderMap): boolean {
  return /(^|[\s,])no-transform($|[\s,])/i.test([headers['cache-control'] ?? []].flat().join(','))
}

function asked({ headers }: Exchange, algorithms: readonly Coding[]): Coding | undefined {
  if (forbidsChange(headers)) return undefined
  return chooseCoding(firstValue(headers, 'accept-encoding'), algorithms)
}

/** In bytes; undefined where it is only known when the body ends. */
function lengthOf(headers: HeaderMap): number | undefined {
  const length = firstValue(headers, 'content-length')
  return length === undefined ? undefined : Number(length)
}

/** A HEAD is told what a GET would be (RFC 9110 section 9.3.2). */
function encode({ method }: Exchange, headers: HeaderMap, coding: Coding, length: number | undefined): Transform | undefined {
  headers['content-encoding'] = coding
  headers['content-length'] = undefined
  // Ranges would count other bytes than those that the client has.
  headers['accept-ranges'] = undefined
  const etag = firstValue(headers, 'etag')
  if (etag?.startsWith('"') === true) headers['etag'] = `W/${etag}`
  return method === 'HEAD' ? undefined : codings[coding](length)
}

function compileTypes(types: readonly string[]): (contentType: string) => boolean {
  const exact = new Set(types.filter((type) => !type.includes('*')))
  const open = types.filter((type) => type.includes('*')).map((type) => type.split('*'))
  return (contentType) => {
    const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
    return exact.has(type) || open.some(([start = '', end = '']) => type.startsWith(start) && type.endsWith(end))
  }
}
