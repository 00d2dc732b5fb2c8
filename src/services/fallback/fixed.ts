import type { FallbackSettings } from '../../config/schema.ts'
import type { HeaderMap } from '../../headers.ts'
import { give, type Substitute } from './substitute.ts'

/** Compiles an answer that is the same for every call. */
export function compileFixed({ status, headers, json, body }: NonNullable<FallbackSettings['respond']>): Substitute {
  const [type, text] = json === undefined ? textOf(body) : ['application/json', JSON.stringify(json)]
  const content = Buffer.from(text)
  const fields: HeaderMap = { 'content-type': type, 'content-length': String(content.length) }
  for (const [name, value] of Object.entries(headers)) fields[name.toLowerCase()] = value
  return (call, _context, sink) => {
    give(sink, call, { status, headers: fields }, content)
    return true
  }
}

function textOf(body: string | undefined): [type: string | undefined, text: string] {
  return body === undefined ? [undefined, ''] : ['text/plain; charset=utf-8', body]
}
