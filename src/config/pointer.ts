/** A JSON pointer (RFC 6901) one step further. */
export function join(pointer: string, step: string | number): string {
  return `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The steps of a JSON pointer, unescaped. */
export function stepsOf(pointer: string): string[] {
  if (pointer === '') return []
  return pointer.slice(1).split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** A pointer as people write it: `routes.get-user.match`. */
export function wordsOf(pointer: string): string {
  return stepsOf(pointer).join('.')
}

/** A pointer and everything above it, but for the root. */
export function lineOf(pointer: string): string[] {
  const line: string[] = []
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) line.push(at)
  return line
}
