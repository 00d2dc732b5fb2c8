/** What the most forgiving service makes of a path: everything is decoded, folded and resolved, again and again. */
export function understood(path: string): string {
  let text = path.split(/[?#]/, 1)[0] ?? ''
  for (let last = ''; last !== text;) {
    last = text
    text = decoded(text).normalize('NFKC').replace(/[\0\t\r\n].*$/s, '').replaceAll('\\', '/')
    const resolved: string[] = []
    for (const part of text.split('/').map((segment) => segment.split(';', 1)[0] ?? '')) {
      if (part === '..') resolved.pop()
      else if (part !== '.' && part !== '') resolved.push(part)
    }
    text = `/${resolved.join('/')}`
  }
  return text
}

function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run
    }
  })
}

/** Whether a path, so read and without regard to case, is another one or lies below it. */
export function isWithin(path: string, other: string): boolean {
  return `${understood(path).toLowerCase()}/`.startsWith(`${other}/`)
}
