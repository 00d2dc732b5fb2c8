import { hex, passes, refused, request, smuggled, type Cases } from '../case.ts'

const names = ['X', 'Host', 'Content-Length', 'Transfer-Encoding', 'Authorization']
const blanks = [' ', '\t', '  ', '\x0b', '\x0c', '\x00', '\xa0', '\x85']
const line = 'GET /own HTTP/1.1\r\n'

export const whitespace: Cases = [
  ...names.flatMap((name) => blanks.map((blank) => refused(`${JSON.stringify(blank)} before the colon of ${name}`, request('GET', `${name}${blank}: 0\r\n`)))),
  ...names.flatMap((name) => [' ', '\t'].flatMap((blank) => [
    refused(`${name} folded by ${JSON.stringify(blank)}`, request('GET', `${name}: 0\r\n${blank}1\r\n`)),
    refused(`${name} as a folded line of X`, request('GET', `X: y\r\n${blank}${name}: 0\r\n`)),
  ])),
  ...[' ', '\t', '\x0b'].map((blank) => refused(`${JSON.stringify(blank)} before the first field`, `${line}${blank}X: y\r\nHost: a\r\n\r\n`)),
  refused('a blank line of spaces', `${line}Host: a\r\n \r\n\r\n`),
  ...['X:y', 'X:  y', 'X:\ty', 'X: y \t', 'X:\t y'].map((field) => passes(`around the value: ${JSON.stringify(field)}`, request('GET', `${field}\r\n`))),
  passes('an empty value', request('GET', 'X:\r\n'), { fields: { x: '' } }),
]

const ends = { LF: '\n', CR: '\r', CRCRLF: '\r\r\n', LFCR: '\n\r', 'CR NUL LF': '\r\0\n' }

export const lineEnds: Cases = Object.entries(ends).flatMap(([name, end]) => [
  refused(`${name} after the request line`, `GET /own HTTP/1.1${end}Host: a\r\n\r\n`),
  refused(`${name} after a field`, `${line}Host: a${end}X: y\r\n\r\n`),
  refused(`${name} within a value`, request('GET', `X: y${end}Z: z\r\n`)),
  refused(`${name} hides a Content-Length`, request('POST', `X: y${end}Content-Length: ${smuggled.length}\r\n`, smuggled)),
  refused(`${name} as the end of the head`, `${line}Host: a\r\nX: y${end}${end}`),
  refused(`${name} everywhere`, `GET /own HTTP/1.1${end}Host: a${end}${end}`),
])

/** Every byte that is no token character (RFC 9110 section 5.6.2), less the colon, which would end the name. */
const noToken = [...Array.from({ length: 33 }, (_, code) => code), ...'"(),/;<=>?@[\\]{}'.split('').map((char) => char.charCodeAt(0)), 0x7f, 0x80, 0xa0, 0xc3, 0xff]
/** Control characters that no value may have; CR and LF have a class of their own. */
const controls = [...Array.from({ length: 32 }, (_, code) => code).filter((code) => ![9, 10, 13].includes(code)), 0x7f]

const told = { 'x-forwarded-for': '127.0.0.1', 'x-user-id': 'nobody' }
const lookalikes = ['X_Forwarded_For', 'x_forwarded_for', 'X_Forwarded-For', 'X.Forwarded.For', 'X!Forwarded!For', 'X_User_Id', 'X-User_Id', 'X~User~Id', 'X_Request_Id', 'X_Api_Key', 'Proxy_Authorization', 'Content_Type', 'Host_', '_Host', '__proto__', 'Proxy']
const reserved = ['X-Forwarded-For', 'x-forwarded-for', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Forwarded', 'X-User-Id', 'X-Request-Id']
const hopByHop = ['TE: trailers', 'Keep-Alive: timeout=5', 'Proxy-Authorization: Basic eA==', 'Proxy-Connection: keep-alive', 'Proxy-Authenticate: Basic', 'Proxy-Foo: x', 'Trailer: X', 'HTTP2-Settings: AAMAAABkAAQAAP__', 'Upgrade: h2c', 'Connection: X-Hop\r\nX-Hop: 1', 'connection: x-hop , X-Two\r\nX-Hop: 1\r\nx-two: 2', 'Connection: close\r\nConnection: x-hop\r\nX-Hop: 1']
const fieldName = (text: string) => text.split(':', 1)[0]?.toLowerCase() ?? ''

export const fieldNames: Cases = [
  ...noToken.filter((code) => ![10, 13].includes(code)).map((code) => refused(`${hex(code)} in a name`, request('GET', `X${String.fromCharCode(code)}Y: z\r\n`))),
  ...controls.map((code) => refused(`${hex(code)} in a value`, request('GET', `X: a${String.fromCharCode(code)}b\r\n`))),
  refused('an empty name', request('GET', ': x\r\n')),
  refused('a line without a colon', request('GET', 'nothing\r\n')),
  ...lookalikes.map((name) => passes(`${name} is nobody's`, request('GET', `${name}: 6.6.6.6\r\n`), { fields: told, without: [name.toLowerCase()] })),
  ...reserved.map((name) => passes(`${name} can't be brought`, request('GET', `${name}: 6.6.6.6\r\n`), { fields: told, without: ['forwarded'] })),
  ...reserved.map((name) => passes(`Connection can't drop ${name}`, request('GET', `Connection: ${name}, keep-alive\r\n`), { fields: told })),
  ...['Host', 'X-Api-Key', 'Content-Type', 'Content-Length'].map((name) => passes(`Connection may name ${name}`, request('GET', `Connection: ${name}\r\n`), { fields: told })),
  ...hopByHop.map((field) => passes(`${field.replaceAll('\r\n', ' / ')} stays here`, request('GET', `${field}\r\n`), { fields: told, without: [fieldName(field), 'x-hop', 'x-two'].filter((name) => name !== 'connection') })),
  passes('obs-text goes on as it is', request('GET', 'X: caf\xe9 \xff\r\n'), { fields: { x: 'caf\xe9 \xff' } }),
]
