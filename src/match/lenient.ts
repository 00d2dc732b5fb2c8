/**
 * The path as a service may read it that is more forgiving than RFC 3986: without path parameters (`/orders;v=1`),
 * without a trailing slash, decoded more than once, in Unicode's compatibility form. The same array where that
 * changes nothing, which is nearly always.
 */
export function readLeniently(segments: readonly string[]): readonly string[] {
  if (!segments.some(isUnusual) && segments.at(-1) !== '') return segments
  const lenient = segments.map(readSegment)
  while (lenient.at(-1) === '') lenient.pop()
  const same = lenient.length === segments.length && lenient.every((segment, index) => segment === segments[index])
  return same ? segments : lenient
}

const unusual = /[;%\u0080-\uffff]/

function isUnusual(segment: string): boolean {
  return unusual.test(segment)
}

/** One segment as a forgiving service may read it. */
export function readSegment(segment: string): string {
  if (!isUnusual(segment)) return segment
  const [name = ''] = decodeFully(segment).split(';', 1)
  return name.normalize('NFKC')
}

function decodeFully(segment: string): string {
  let text = segment
  // Each round shortens the text, so this ends.
  while (text.includes('%')) {
    try {
      const decoded = decodeURIComponent(text)
      if (decoded === text) break
      text = decoded
    } catch {
      break
    }
  }
  return text
}
