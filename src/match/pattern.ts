/** One segment of a path pattern. A `rest` closes a pattern and matches what remains, also nothing. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'rest' }

export type Pattern = readonly Segment[]

/** A path pattern that can't be understood; the message is a clause without a full stop. */
export class PatternError extends Error {}

/** Reads a pattern such as `/orders/{id}/*`. Throws `PatternError`. */
export function parsePattern(path: string): Pattern {
  if (!path.startsWith('/')) throw new PatternError(`the path "${path}" must start with "/"`)
  if (path === '/') return []
  const texts = path.slice(1).split('/')
  const names = new Set<string>()
  return texts.map((text, index) => {
    const segment = parseSegment(text, index === texts.length - 1)
    if (segment.kind === 'parameter') {
      if (names.has(segment.name)) throw new PatternError(`the parameter {${segment.name}} stands twice in "${path}"`)
      names.add(segment.name)
    }
    return segment
  })
}

function parseSegment(text: string, last: boolean): Segment {
  if (text === '*') {
    if (last) return { kind: 'rest' }
    throw new PatternError('"*" may only be the last segment of a path')
  }
  const name = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1]
  if (name !== undefined) return { kind: 'parameter', name }
  if (/[{}*?#\\]/.test(text)) {
    throw new PatternError(`the segment "${text}" is not a literal, a parameter such as {id}, or a closing "*"`)
  }
  if (text === '' && !last) throw new PatternError('a path has no empty segments')
  return { kind: 'literal', text: literalText(text) }
}

function literalText(text: string): string {
  let decoded: string
  try {
    decoded = decodeURIComponent(text)
  } catch {
    throw new PatternError(`the segment "${text}" is not validly percent-encoded`)
  }
  if (decoded === '.' || decoded === '..') throw new PatternError('a path has no "." or ".." segments')
  return decoded
}

/** Whether decoded path segments fit a pattern. */
export function matchesPattern(pattern: Pattern, segments: readonly string[]): boolean {
  const closing = pattern.at(-1)?.kind === 'rest'
  if (closing ? segments.length < pattern.length - 1 : segments.length !== pattern.length) return false
  return pattern.every((segment, index) => fits(segment, segments[index]))
}

function fits(segment: Segment, text: string | undefined): boolean {
  if (segment.kind === 'rest') return true
  return segment.kind === 'literal' ? segment.text === text : text !== undefined && text !== ''
}

/** The pattern with parameter names left out: equal for patterns that match the same paths. */
export function shapeOf(pattern: Pattern): string {
  const parts = pattern.map((segment) => {
    if (segment.kind === 'rest') return '*'
    return segment.kind === 'parameter' ? '{}' : encodeURIComponent(segment.text)
  })
  return `/${parts.join('/')}`
}
