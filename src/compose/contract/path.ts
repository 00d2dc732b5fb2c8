import type { Reference, Template } from '../expression.ts'

/** One segment of a path; `{}` stands for what is filled in. */
export interface Segment {
  readonly text: string
  /** What fills it, where that is one expression and all of it. */
  readonly reference: Reference | null
}

/** The segments of a template's path, without its query. */
export function segmentsOf({ parts }: Template): readonly Segment[] {
  let text = ''
  const references: Reference[] = []
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part.split('?', 1)[0] ?? ''
      if (part.includes('?')) break
      continue
    }
    const { operator, variables } = part
    if (operator === '?') break
    // Without an operator several variables are one value, with commas between.
    const written = operator === '' ? variables.slice(0, 1) : variables
    references.push(...written.map(({ reference }) => reference))
    text += written.map(() => `${operator}{}`).join('')
  }
  return text.split('/').map((segment) => {
    const filled = references.splice(0, segment.split('{}').length - 1)
    return { text: segment, reference: segment === '{}' ? filled[0] ?? null : null }
  })
}

/** The names in a path of a contract, by segment; null where one is more or less than a parameter. */
export function parameterNames(path: string): readonly (string | null)[] {
  return path.split('/').map((segment) => /^\{([^{}]*)\}$/.exec(segment)?.[1] ?? null)
}

/** How many segments two paths share literally, if the contract's path stands for the other; else undefined. */
export function closeness(own: readonly Segment[], path: string): number | undefined {
  const theirs = path.replace(/\{[^{}]*\}/g, '{}').split('/')
  if (theirs.length !== own.length) return undefined
  const fits = own.every(({ text }, index) => stands(theirs[index] ?? '', text))
  return fits ? own.filter(({ text }, index) => text === theirs[index] && text !== '{}').length : undefined
}

function stands(theirs: string, own: string): boolean {
  if (!theirs.includes('{}')) return theirs === own
  return new RegExp(`^${theirs.split('{}').map(RegExp.escape).join('[^]+')}$`).test(own)
}
