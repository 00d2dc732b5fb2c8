import { cutShort, hex, passes, refused, request, smuggled, type Case, type Cases } from '../case.ts'

const chunked = '5\r\nhello\r\n0\r\n\r\n'

/** Spellings of Transfer-Encoding that some reader takes for chunked and another doesn't. */
const codings = [
  'xchunked', 'chunkedx', 'chunked, chunked', 'chunked,identity', 'identity', 'identity, chunked', 'gzip', 'gzip, chunked', 'deflate,chunked',
  'chunked, gzip', '"chunked"', "'chunked'", 'chunked;q=1', 'chunked;', 'chunked\tx', 'x chunked', 'chunked x', ',chunked', 'chunked,', ',', '',
  'chunke', 'CHUNKED, identity', 'cow', 'x-chunked', 'chunked=1', '=chunked', '\x0bchunked', '\x0cchunked', 'chunked\x0b', '\x00chunked', 'chunked\x00',
  '\xa0chunked', 'chunked\xa0', '\x85chunked', '\u007fchunked', '\rchunked', 'chun\r\n ked', '\r\n chunked', '\r\n\tchunked', 'c\x68unked,\x20',
]

function codingCases(): Case[] {
  return codings.flatMap((coding) => {
    const field = `Transfer-Encoding: ${coding}\r\n`
    return [
      refused(`Transfer-Encoding ${JSON.stringify(coding)}`, request('POST', field, chunked)),
      refused(`… and a Content-Length before it`, request('POST', `Content-Length: 15\r\n${field}`, chunked)),
      refused(`… and a Content-Length after it`, request('POST', `${field}Content-Length: 5\r\n`, chunked + smuggled)),
    ]
  })
}

const doubles = ['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', 'Transfer-Encoding: x\r\ntransfer-encoding: chunked\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 0\r\n', 'Content-Length: 15\r\nTransfer-Encoding: chunked\r\n', 'Content-Length: 5\r\nTRANSFER-ENCODING: chunked\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 4\r\nConnection: Content-Length\r\n', 'Content-Length: 15\r\nTransfer-Encoding: chunked\r\nConnection: Transfer-Encoding\r\n']

export const transferEncoding: Cases = [
  ...codingCases(),
  ...doubles.map((fields) => refused(fields.trim(), request('POST', fields, chunked))),
  ...['chunked', 'Chunked', 'CHUNKED', ' chunked', '\tchunked', 'cHuNkEd'].map((coding) =>
    passes(`plain ${JSON.stringify(coding)}`, request('POST', `Transfer-Encoding: ${coding}\r\n`, chunked), { method: 'POST', body: 'hello' })),
  ...['GET', 'HEAD', 'DELETE', 'OPTIONS'].map((method) =>
    passes(`chunked ${method}`, request(method, 'Transfer-Encoding: chunked\r\n', chunked), { method, body: 'hello' })),
  refused('chunked over HTTP/1.0', `POST /own HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`),
  passes('Connection can’t nominate it', request('POST', 'Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding\r\n', chunked), { body: 'hello', without: ['connection: transfer-encoding'] }),
  passes('an underscore is no hyphen', request('POST', 'Transfer_Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'), { body: 'hello', without: ['transfer_encoding', 'transfer-encoding'] }),
]

/** Values of Content-Length for a body of five bytes. */
const lengths = [
  '+5', '-5', '-0', '+0', '5,5', '5, 5', '5,6', ',5', '5,', '5;', '5 5', '5\t5', '0x5', '5.0', '5e0', '"5"', "'5'", '', ' ', '5_0', '5a', 'a5', '\x005', '5\x00', '\x0b5',
  '5\x0b', '\xb2', '\u007f5', '18446744073709551621', '99999999999999999999', '340282366920938463463374607431768211461', '5\r\n 0', '\r\n 5', '5\r', '5\n',
]

export const contentLength: Cases = [
  ...lengths.map((length) => refused(`Content-Length ${JSON.stringify(length)}`, request('POST', `Content-Length: ${length}\r\n`, 'hello'))),
  ...['5', '6', '0'].map((second) => refused(`two: 5 and ${second}`, request('POST', `Content-Length: 5\r\nContent-Length: ${second}\r\n`, 'hello'))),
  ...['content-length', 'CONTENT-LENGTH'].map((name) => refused(`two, one as ${name}`, request('POST', `Content-Length: 0\r\n${name}: 36\r\n`, smuggled))),
  cutShort('larger than the body, then the end', request('POST', 'Content-Length: 50\r\n', 'hello')),
  cutShort('2^53 + 1, then the end', request('POST', 'Content-Length: 9007199254740993\r\n', 'hello')),
  ...['5', '05', '0000000005', '  5', '\t5', '5 ', '5\t'].map((length) =>
    passes(`plain ${JSON.stringify(length)}`, request('POST', `Content-Length: ${length}\r\n`, 'hello'), { body: 'hello', fields: { 'content-length': '5' } })),
  ...['0', '00'].map((length) => passes(`empty: ${length}`, request('POST', `Content-Length: ${length}\r\n`), { body: '' })),
  ...['GET', 'HEAD', 'DELETE', 'OPTIONS', 'QUERY', 'PROPFIND'].map((method) =>
    passes(`${method} whose body is a request`, request(method, `Content-Length: ${smuggled.length}\r\n`, smuggled), { method, body: smuggled })),
  passes('an underscore is no hyphen', request('POST', 'Content_Length: 50\r\nContent-Length: 5\r\n', 'hello'), { body: 'hello', without: ['content_length'] }),
  passes('Connection can’t nominate it', request('POST', 'Connection: Content-Length\r\nContent-Length: 5\r\n', 'hello'), { body: 'hello' }),
]

const badSizes = ['', ' ', '-5', '+5', '0x5', '5h', 'g', '5 ', ' 5', '5\t', '\t5', '5\x00', '\x005', '5,5', '5.', '10000000000000005', 'fffffffffffffffff', '100000000000000000000000000000005', '5\n', '5\r', '\xb5', '5=a']
const extensions = [';a', ';a=b', ';a="b"', ';a=b;c=d', ';a="b;c"', `;${'x'.repeat(1000)}`]
const badExtensions = [';', ';a\n', ';a\rb', ';a=b\n0\r\n\r\n', ';\x00', ';a="\n"', ';\x7f', ' ;a\n', `;${'x'.repeat(20_000)}`]
const tail = '\r\nhello\r\n0\r\n\r\n'
const chunkedPost = (body: string) => request('POST', 'Transfer-Encoding: chunked\r\n', body)
const bodies = {
  'no line end after the data': '5\r\nhello0\r\n\r\n', 'a bare LF after the data': '5\r\nhello\n0\r\n\r\n', 'a bare CR after the data': '5\r\nhello\r0\r\n\r\n', 'less data than said': '6\r\nhello\r\n0\r\n\r\n',
  'more data than said': '4\r\nhello\r\n0\r\n\r\n', 'bare LFs': '5\nhello\n0\n\n', 'a bare LF at the end': '5\r\nhello\r\n0\n\n', 'no chunks at all': 'hello',
}
const cutBodies = {
  'a size and no more': '5\r\n', 'cut in the data': '5\r\nhel', 'cut after the data': '5\r\nhello\r\n',
  'no last chunk': '5\r\nhello\r\n5\r\nhello\r\n', 'cut in the last chunk': '5\r\nhello\r\n0', 'cut before the last line': '5\r\nhello\r\n0\r\n', 'nothing': '',
}
const trailers = ['Content-Length: 5', 'Transfer-Encoding: chunked', 'X : y', 'X\x00: y', ' X: y', 'X: y\n', 'X: a\rb', 'nocolon', ': empty', `X: ${'y'.repeat(20_000)}`]

export const chunks: Cases = [
  ...badSizes.map((size) => refused(`size ${JSON.stringify(size)}`, chunkedPost(size + tail))),
  ...['05', '005', '0000000000000005'].map((size) => passes(`size ${size}`, chunkedPost(size + tail), { body: 'hello' })),
  ...extensions.map((extension) => passes(`extension ${extension.slice(0, 20)}`, chunkedPost(`5${extension}${tail}`), { body: 'hello' })),
  ...badExtensions.map((extension) => refused(`extension ${JSON.stringify(extension.slice(0, 20))}`, chunkedPost(`5${extension}${tail}`))),
  ...Object.entries(bodies).map(([name, body]) => refused(name, chunkedPost(body))),
  ...Object.entries(cutBodies).map(([name, body]) => cutShort(name, chunkedPost(body))),
  ...trailers.map((trailer) => refused(`trailer ${JSON.stringify(trailer.slice(0, 20))}`, chunkedPost(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`))),
  ...['X-Forwarded-For: 6.6.6.6', 'X-User-Id: root', 'Host: b', 'Authorization: x', 'X: y'].map((trailer) =>
    passes(`trailer ${trailer}`, chunkedPost(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`), { body: 'hello', fields: { 'x-forwarded-for': '127.0.0.1' }, without: ['authorization', 'x'] })),
  ...[0x00, 0x01, 0x1f, 0x7f, 0xff].map((code) => passes(`data of ${hex(code)} is data`, chunkedPost(`1\r\n${String.fromCharCode(code)}\r\n0\r\n\r\n`), { body: String.fromCharCode(code) })),
]
