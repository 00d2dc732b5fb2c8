/** One proxy's word in a Forwarded header: lower-case parameter names, values without quotes. */
export type ForwardedElement = Readonly<Record<string, string>>

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const pair = new RegExp(`^(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)")$`)

/** Reads a Forwarded header (RFC 7239 section 4), nearest proxy last; undefined where it is malformed. */
export function parseForwarded(text: string): ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = []
  for (const part of splitOutsideQuotes(text, ',')) {
    const element: Record<string, string> = {}
    for (const written of splitOutsideQuotes(part, ';')) {
      const [, name, plain, quoted] = pair.exec(written.trim()) ?? []
      if (name === undefined || Object.hasOwn(element, name.toLowerCase())) return undefined
      element[name.toLowerCase()] = plain ?? (quoted ?? '').replace(/\\(.)/g, '$1')
    }
    elements.push(element)
  }
  return elements
}

/** The address of a node (RFC 7239 section 6), without port and brackets; undefined for `unknown` and `_hidden`. */
export function nodeAddress(node: string | undefined): string | undefined {
  const [, v6, v4] = /^(?:\[([0-9A-Fa-f:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::(?:\d{1,5}|_[A-Za-z0-9._-]+))?$/.exec(node ?? '') ?? []
  return v6 ?? v4
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (quoted && character === '\\') index += 1
    else if (character === '"') quoted = !quoted
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  return [...parts, text.slice(start)]
}
