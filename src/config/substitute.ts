/** Where `${…}` takes its values from. */
export interface Sources {
  /** The value of a variable. */
  variable(name: string): string | undefined
  /** The text of a file, or undefined where it can't be read. */
  file(path: string): string | undefined
}

/** A value from outside the config, and the expression that stands for it. */
export interface Secret {
  readonly value: string
  readonly expression: string
}

/** `secrets` are the values that were put in; defaults, which can be read in the file, are none. */
export type Substituted = { text: string; changed: boolean; secrets: readonly Secret[] } | { problem: string }

const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([^]*))?$/

/**
 * Puts values in the place of `${NAME}`, `${NAME:-default}` (also for an empty variable) and `${file:PATH}`; `$${` is
 * a literal `${`. Values are taken as they are: what looks like an expression in them is text. A problem is a clause.
 */
export function substitute(text: string, sources: Sources): Substituted {
  let result = ''
  let changed = false
  const secrets: Secret[] = []
  let at = 0
  for (;;) {
    const open = text.indexOf('${', at)
    if (open === -1) return { text: result + text.slice(at), changed, secrets }
    if (text[open - 1] === '$' && open > at) {
      result += `${text.slice(at, open - 1)}\${`
      at = open + 2
      continue
    }
    const close = text.indexOf('}', open)
    if (close === -1) return { problem: `"${text}" has a "\${" that no "}" closes; a literal "\${" is written "$\${"` }
    const value = evaluate(text.slice(open + 2, close), sources)
    if ('problem' in value) return value
    result += text.slice(at, open) + value.text
    changed = true
    if (!value.preset) secrets.push({ value: value.text, expression: text.slice(open, close + 1) })
    at = close + 1
  }
}

function evaluate(inner: string, sources: Sources): { text: string; preset: boolean } | { problem: string } {
  if (inner.includes('${')) return { problem: `"\${${inner}}" has an expression within an expression` }
  if (inner.startsWith('file:')) {
    const text = sources.file(inner.slice('file:'.length))
    if (text === undefined) return { problem: `the file of "\${${inner}}" cannot be read` }
    return { text: text.replace(/\r?\n$/, ''), preset: false }
  }
  const [, name, preset] = variable.exec(inner) ?? []
  if (name === undefined) {
    return { problem: `"\${${inner}}" is none of \${NAME}, \${NAME:-default} and \${file:PATH}` }
  }
  const value = sources.variable(name)
  if (preset !== undefined && (value === undefined || value === '')) return { text: preset, preset: true }
  if (value !== undefined) return { text: value, preset: false }
  return { problem: `the variable ${name} is not set, and "\${${inner}}" has no default` }
}
