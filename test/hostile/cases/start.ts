import { cutShort, passes, refused, request, smuggled, type Case, type Cases } from '../case.ts'

const rest = '\r\nHost: a\r\n\r\n'

const badLines = [
  'GET /own', 'GET /own HTTP/0.9', 'GET /own HTTP/1.2', 'GET /own HTTP/2.0', 'GET /own HTTP/3.0', 'GET /own HTTP/11', 'GET /own HTTP/1', 'GET /own HTTP/1.', 'GET /own HTTP/.1', 'GET /own HTTP/1.10', 'GET /own HTTP/01.1', 'GET /own http/1.1', 'GET /own HTTP /1.1', 'GET /own HTTP/1.1 x',
  'GET /own HTTP/+1.1', 'GET /own HTTP/1,1', 'GET /own HTTPS/1.1', 'GET /own XTTP/1.1', 'get /own HTTP/1.1', 'Get /own HTTP/1.1', 'GOT /own HTTP/1.1', 'GETT /own HTTP/1.1', ' GET /own HTTP/1.1', 'G\x00T /own HTTP/1.1', 'GET\t/own HTTP/1.1', 'GET\x0b/own HTTP/1.1', 'GET /own\tHTTP/1.1',
  'GET /own\x00 HTTP/1.1', 'GET /own\xa0HTTP/1.1', 'GET /own\x7f HTTP/1.1', 'GET /own x HTTP/1.1', 'GET /own#x HTTP/1.1', 'GET /own\\x HTTP/1.1', 'GET /own/../x HTTP/1.1', 'GET /own/%2e%2e/x HTTP/1.1', 'GET /own/%zz HTTP/1.1', 'GET /own//x HTTP/1.1', 'GET //own/ HTTP/1.1',
  'CONNECT a:80 HTTP/1.1', 'CONNECT /own HTTP/1.1', 'OPTIONS * HTTP/1.1', 'GET * HTTP/1.1', 'GET a HTTP/1.1', 'GET ftp://a/own HTTP/1.1', 'GET http://b/own HTTP/1.1', 'GET https://a/own HTTP/1.1', 'GET http://u:p@a/own HTTP/1.1', 'GET http://a:81/own HTTP/1.1', 'GET http:/a/own HTTP/1.1',
  'GET http:///own HTTP/1.1', 'GET http://a\\@b/own HTTP/1.1', 'GET http://a#/own HTTP/1.1', 'GET //a/own HTTP/1.1', 'GET javascript:/own HTTP/1.1', 'PRI * HTTP/2.0', 'HTTP/1.1 200 OK', '\x16\x03\x01\x02\x00', 'SSH-2.0-x', 'PROXY TCP4 6.6.6.6 1.1.1.1 1 2', '{"jsonrpc":"2.0"}',
]

const plainLines: [string, string][] = [
  ['GET  /own  HTTP/1.1', 'GET'], ['\r\nGET /own HTTP/1.1', 'GET'], ['\r\n\r\n\r\nGET /own HTTP/1.1', 'GET'], ['GET http://a/own HTTP/1.1', 'GET'], ['GET HTTP://A:80/own HTTP/1.1', 'GET'], ['GET /own HTTP/1.0', 'GET'],
  ...['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'MKCOL', 'PURGE', 'M-SEARCH', 'QUERY'].map((method): [string, string] => [`${method} /own HTTP/1.1`, method]),
]

export const requestLines: Cases = [
  ...badLines.map((line) => refused(JSON.stringify(line), line + rest)),
  ...plainLines.map(([line, method]) => passes(JSON.stringify(line), line + rest, { method })),
]

const hosts = ['', ' ', 'a b', 'a/b', 'a@b', 'u:p@a', 'a,b', 'a, a', 'a;b', 'a?b', 'a#b', 'a\\b', 'a:x', 'a:', 'a:80:80', 'a:999999', 'http://a', '[::1', '::1', '[x]', 'a\x00', 'a\xe9', '*', 'a%00', 'a"', '<a>', 'a\x0b', 'a\t b', "a'b", '-a|b', '[::1]x']

export const host: Cases = [
  ...hosts.map((value) => refused(`Host ${JSON.stringify(value)}`, `GET /own HTTP/1.1\r\nHost: ${value}\r\n\r\n`)),
  ...['a', 'b', 'A', 'a:80', ''].map((second) => refused(`two: a and ${JSON.stringify(second)}`, `GET /own HTTP/1.1\r\nHost: a\r\nHost: ${second}\r\n\r\n`)),
  refused('two, far apart and in other letters', `GET /own HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(50)}hOST: b\r\n\r\n`),
  refused('none', 'GET /own HTTP/1.1\r\nX: y\r\n\r\n'),
  refused('none, but the target names one', 'GET http://a/own HTTP/1.1\r\nX: y\r\n\r\n'),
  ...['a', 'A', 'a:8080', 'a.b.', 'a_b', '127.0.0.1', '[::1]', '[::1]:80', ' a '].map((value) => passes(`plain ${value}`, `GET /own HTTP/1.1\r\nHost: ${value}\r\n\r\n`, { fields: { 'x-forwarded-host': value.trim() } })),
]

const whole = request('POST', 'Content-Length: 5\r\n', 'hello')
/** A fit request with something behind it that is not. */
const followed = (name: string, bytes: string): Case => ({ name, bytes, sees: {}, orNothing: true })

export const ends: Cases = Array.from({ length: whole.length - 1 }, (_, length) => cutShort(`cut after ${length} bytes`, whole.slice(0, length)))
  .filter((_, length) => length % 3 === 1)

export const pipelines: Cases = [
  ...['GARBAGE\r\n\r\n', '\x00', 'hello', 'GET /smuggled\r\n\r\n', 'GET /smuggled HTTP/1.1\nHost: a\n\n', 'GET /smuggled HTTP/1.1\r\nHost : a\r\n\r\n', 'CONNECT /smuggled HTTP/1.1\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', ' GET /smuggled HTTP/1.1\r\n\r\n'].map((garbage) =>
    followed(`a request, then ${JSON.stringify(garbage)}`, whole + garbage)),
  ...['GET', 'POST', 'HEAD', 'DELETE'].map((method) => followed(`${method} that closes, then another`, request(method, 'Connection: close\r\n', smuggled))),
  followed('more body than its length', request('POST', 'Content-Length: 5\r\nConnection: close\r\n', `hello${smuggled}`)),
  followed('an empty last chunk, then another', request('POST', 'Transfer-Encoding: chunked\r\nConnection: close\r\n', `0\r\n\r\n${smuggled}`)),
  followed('h2c with a preface behind', request('GET', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')),
  passes('a body that is a request', request('PUT', `Content-Length: ${smuggled.length}\r\n`, smuggled), { body: smuggled }),
  passes('a chunk that is a request', request('PUT', 'Transfer-Encoding: chunked\r\n', `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`), { body: smuggled }),
  passes('a value that looks like a head', request('GET', 'X: GET /smuggled HTTP/1.1\r\n')),
]

const field = (index: number) => `X-${index}: y\r\n`
const fields = (count: number) => Array.from({ length: count }, (_, index) => field(index)).join('')

export const sizes: Cases = [
  ...[101, 256, 900, 1000, 1001, 1300].map((count) => refused(`${count} fields and Host`, request('GET', fields(count)))),
  ...[300, 900, 1200].map((count) => refused(`${count} empty fields hide a framing`, request('POST', `${'a:\r\n'.repeat(count)}Transfer-Encoding: chunked\r\n`, '5\r\nhello\r\n0\r\n\r\n'))),
  ...[16_384, 20_000, 100_000, 1_000_000].map((size) => refused(`a value of ${size} bytes`, request('GET', `X: ${'y'.repeat(size)}\r\n`))),
  ...[16_384, 100_000].map((size) => refused(`a name of ${size} bytes`, request('GET', `${'x'.repeat(size)}: y\r\n`))),
  ...[8192, 16_384, 100_000].map((size) => refused(`a target of ${size} bytes`, `GET /own/${'x'.repeat(size)} HTTP/1.1${rest}`)),
  refused('a query of 9,000 bytes', `GET /own?${'x'.repeat(9000)} HTTP/1.1${rest}`),
  refused('a body over the limit, announced', request('POST', 'Content-Length: 2000000\r\n', 'x'.repeat(2_000_000))),
  refused('a body over the limit, in chunks', request('POST', 'Transfer-Encoding: chunked\r\n', `10000\r\n${'x'.repeat(65_536)}\r\n`.repeat(20) + '0\r\n\r\n')),
  ...[1, 50, 90].map((count) => passes(`${count} fields`, request('GET', fields(count)), { fields: { [`x-${count - 1}`]: 'y' } })),
  passes('a target of 8,000 bytes', `GET /own?${'x'.repeat(8000)} HTTP/1.1${rest}`),
]

const expecting = (value: string, body = 'hello') => request('POST', `Expect: ${value}\r\nContent-Length: 5\r\n`, body)

export const expectations: Cases = [
  ...['100-continue', '100-Continue', '100-CONTINUE'].map((value) => passes(`Expect ${value}`, expecting(value), { body: 'hello', without: ['expect'] })),
  ...['100', 'continue', '200-ok', 'x', '100-continued', 'x100-continue', '100-continue;a=b', '', '100 continue'].map((value): Case => ({ name: `Expect ${JSON.stringify(value)}`, bytes: expecting(value), sees: { body: 'hello', without: ['expect'] }, orNothing: true })),
  cutShort('Expect and an early end', expecting('100-continue', 'hel')),
  passes('Expect without a body', request('GET', 'Expect: 100-continue\r\n'), { without: ['expect'] }),
  passes('Expect over HTTP/1.0', 'POST /own HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello', { body: 'hello' }),
]
