import { request, type Case, type Cases, type Sees } from '../case.ts'

/** A header as it stands on the wire. */
interface Spelling {
  name: string
  /** Whole lines. */
  fields: string
  /** Trailer lines, behind a body in chunks. */
  trailer?: string
  /** What everybody reads of it, undefined where there is nothing to read; null where the request must be refused. */
  reads: string | undefined | null
}

/** A header that means something with its first value, and something else with its second. */
export interface Header {
  name: string
  values: readonly [good: string, other: string]
  /** What it comes to where it stands several times; null where it may not. */
  join: (values: readonly string[]) => string | null
}

/**
 * A case of each spelling of a header that two readers could read differently: repeated, as a list, under a name that
 * only looks like its own, nominated by Connection, as a trailer, malformed. `sees` says what the service must see by
 * what there is to read of the header, null where nothing; `finish` may change the bytes.
 */
export function casesOf(
  header: Header,
  sees: (reads: string | undefined, index: number) => Sees | null,
  finish: (bytes: string, reads: string | undefined, index: number) => string = (bytes) => bytes,
): Cases {
  return spell(header).map(({ name, fields, trailer, reads }, index): Case => {
    const body = `5\r\nhello\r\n0\r\n${trailer ?? ''}\r\n`
    const inChunks = `Transfer-Encoding: chunked\r\n${fields}`
    const bytes = trailer === undefined ? request('GET', fields) : request('POST', inChunks, body)
    const seen = reads === null ? null : sees(reads, index)
    return { name: `${header.name} ${name}`, bytes: finish(bytes, reads ?? undefined, index), sees: seen }
  })
}

/** That the service sees one such header with this value, or none. */
export function sent(name: string, value: string | undefined): Sees {
  return value === undefined ? { without: [name] } : { fields: { [name]: value } }
}

function spell({ name, values: [good, other], join }: Header): Spelling[] {
  const line = (value: string, as = name) => `${as}: ${value}\r\n`
  const far = line(good) + 'X: y\r\n'.repeat(40) + line(other, name.toUpperCase())
  return [
    ...listed(good, other).map((value) =>
      ({ name: JSON.stringify(value.slice(0, 30)), fields: line(value), reads: value })),
    ...padded(good).map((value) => ({ name: `padded: ${JSON.stringify(value)}`, fields: line(value), reads: good })),
    ...[name.toUpperCase(), name.toLowerCase()].map((as) => ({ name: `as ${as}`, fields: line(good, as), reads: good })),
    ...repeated(name, good, other).map((all) =>
      ({ name: `repeated: ${all.join(' | ')}`, fields: all.map((value) => line(value)).join(''), reads: join(all) })),
    { name: 'repeated, far apart and in other letters', fields: far, reads: join([good, other]) },
    ...lookalikes(name).flatMap((as) => [
      { name: `only as ${as}`, fields: line(good, as), reads: undefined },
      { name: `and ${as} before it`, fields: line(good, as) + line(other), reads: other },
      { name: `and ${as} behind it`, fields: line(other) + line(good, as), reads: other },
    ]),
    ...nominations(name).flatMap((connection) => [connection + line(good), line(good) + connection]).map((fields) =>
      ({ name: `nominated: ${JSON.stringify(fields)}`, fields, reads: undefined })),
    ...[`"${name}"`, `${name};q=1`, `${name}: x`, `${name}_`, name.slice(0, -1)].map((option) =>
      ({ name: `not nominated by ${option}`, fields: `Connection: ${option}\r\n${line(good)}`, reads: good })),
    { name: 'as a trailer', fields: '', trailer: line(good), reads: undefined },
    { name: 'as a trailer that is announced', fields: line(name, 'Trailer'), trailer: line(good), reads: undefined },
    { name: 'and another as a trailer', fields: line(other), trailer: line(good), reads: other },
    ...malformed(line, name, good).map((fields) => ({ name: `malformed: ${JSON.stringify(fields)}`, fields, reads: null })),
  ]
}

function listed(good: string, other: string): string[] {
  return [
    good, other, '', `${good}, ${other}`, `${other}, ${good}`, `${good},${other}`, `${good},`, `,${good}`, `${good}, ${good}`,
    `${good}; ${other}`, `${good};x=1`, `${good} ${other}`, `${good}\t${other}`, `"${good}"`, `'${good}'`,
    `${good.slice(0, 1)}\\${good.slice(1)}`, good.toUpperCase(), `${good}%20`, `${good}%00`, `${good}%0d%0a`,
    `%${good.charCodeAt(0).toString(16)}${good.slice(1)}`, `=?utf-8?q?${good}?=`, `\xa0${good}`, `${good}\xa0`, `${good}\x85`,
    `\xef\xbb\xbf${good}`, `${good}\xe2\x80\x8b`, `${good}.`, good + 'x'.repeat(600),
  ]
}

const padded = (value: string) => [`  ${value}`, `\t${value} \t`, `${value}   `]

function repeated(name: string, good: string, other: string): string[][] {
  return [[good, other], [other, good], [good, good], [good, other, good], ['', good], [`${good}, ${other}`, good], [name, good]]
}

/** Characters of a token that CGI-style services read as `-`, the encoded one among them. */
const likeHyphen = ['_', '.', '!', '~', '*', '+', "'", '`', '^', '|', '#', '$', '&', '%2D', '--']

function lookalikes(name: string): string[] {
  const within = name.includes('-') ? likeHyphen.map((char) => name.replaceAll('-', char)) : []
  return [...within, `${name}_`, `_${name}`]
}

function nominations(name: string): string[] {
  const lists = [name, name.toUpperCase(), `keep-alive, ${name}`, `${name} ,keep-alive`, `,${name},`, `x-other,\t${name}\t`]
  return [...lists.map((list) => `Connection: ${list}\r\n`), `Connection: keep-alive\r\nConnection: ${name}\r\n`]
}

const blanks = [' ', '\t', '\x0b', '\x00', '\xa0']
const controls = ['\x00', '\x01', '\x0b', '\x0c', '\x1f', '\x7f', '\r', '\n']

function malformed(line: (value: string, as?: string) => string, name: string, value: string): string[] {
  return [
    ...blanks.flatMap((blank) => [line(value, name + blank), `X: y\r\n${line(value, blank + name)}`]),
    ...controls.map((control) => line(value + control)),
    ...['\r\n ', '\r\n\t'].map((fold) => line(fold + value)),
    ...['\n', '\r'].map((end) => `X: y${end}${line(value)}`),
    `${name}\r\n`, `${name} ${value}\r\n`, `${name};: ${value}\r\n`,
  ]
}
