import { SluiceError } from '../errors.ts'
import { readSegment } from './lenient.ts'

/** A request target that was read once; everyone decides by `segments`, and `path` is what was sent. */
export interface RequestPath {
  readonly path: string
  /** With its `?`, or empty. */
  readonly query: string
  readonly segments: readonly string[]
}

/** Characters of RFC 3986 `pchar`, and the slash. */
const plain = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/
const query = /^[\x21\x22\x24-\x7e]*$/
/** Without any of these a path has only one reading. */
const suspicious = /[.%;]/
const separator = /[/\\\0]/
/** A separator, dot or NUL that is encoded, once or more often: one reader's letter is the next one's syntax. */
const disguised = /%(?:25)*(?:2e|2f|5c|00)/i

function refused(what: string): SluiceError {
  return new SluiceError('PATH_NOT_PLAIN', `${what} Write the path plainly; the gateway repairs nothing.`)
}

/**
 * Reads an origin-form target (RFC 9112 section 3.2.1). A path that two readers could understand differently is
 * refused, not repaired: dot segments in any encoding, `\`, `//`, `%2F`, `%00`, a segment that path parameters, a second
 * decoding or Unicode's compatibility form turn into dots or nothing, characters that RFC 3986 has encoded, percent
 * signs that encode nothing or no UTF-8.
 */
export function readPath(target: string): RequestPath | SluiceError {
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  const search = mark === -1 ? '' : target.slice(mark)
  if (!plain.test(path)) return refused('The path has characters that must be percent-encoded, or does not start with "/".')
  if (!query.test(search)) return refused('The query has characters that must be percent-encoded.')
  if (path.includes('//')) return refused('The path has an empty segment ("//").')
  const segments = path === '/' ? [] : path.slice(1).split('/')
  const decoded = path.includes('%') ? decode(segments) : segments
  if (decoded instanceof SluiceError) return decoded
  if (suspicious.test(path) && decoded.some(isHidden)) {
    return refused('The path has a "." or ".." segment, or one that some services would read as such or as none.')
  }
  return { path, query: search, segments: decoded }
}

/** Whether a forgiving reader finds a dot segment, a separator or nothing where there seems to be a name. */
function isHidden(segment: string): boolean {
  const name = readSegment(segment)
  return name === '.' || name === '..' || (name === '' && segment !== '') || separator.test(name)
}

function decode(segments: readonly string[]): readonly string[] | SluiceError {
  if (segments.some((segment) => disguised.test(segment))) {
    return refused('The path has an encoded separator, dot or NUL.')
  }
  try {
    const decoded = segments.map(decodeURIComponent)
    return decoded.some(hasControl) ? refused('The path has an encoded control character.') : decoded
  } catch {
    return refused('The path has a percent sign that encodes no UTF-8 text.')
  }
}

function hasControl(segment: string): boolean {
  for (let index = 0; index < segment.length; index++) {
    const code = segment.charCodeAt(index)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
