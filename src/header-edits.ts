import { compileHeader, parseTemplate, type Scope } from './compose/expression.ts'
import type { HeaderMap } from './headers.ts'

/** What is done to header fields: taken out, then set, then added to what is there. Values are templates. */
export interface HeaderEdits {
  readonly set: Readonly<Record<string, string>>
  readonly add: Readonly<Record<string, string>>
  readonly remove: readonly string[]
}

/** Changes fields in place. */
export type ApplyEdits = (headers: HeaderMap) => void

/**
 * Compiles edits. The first call reads the values, and throws PARAMETER_REFUSED for one that a header can't carry; the
 * second writes them. A field that is to be set to an expression without a value is taken out, so that nobody else's
 * value passes for ours. Compiling throws `TemplateError`.
 */
export function compileEdits(edits: HeaderEdits): (scope: Scope) => ApplyEdits {
  const setting = compileFields(edits.set)
  const adding = compileFields(edits.add)
  const clear = compileRemoval(edits)
  return (scope) => {
    const replaced = setting.map(({ name, write }) => [name, write(scope)] as const)
    const added = adding.map(({ name, write }) => [name, write(scope)] as const)
    return (headers) => {
      clear(headers)
      for (const [name, value] of replaced) headers[name] = value
      for (const [name, value] of added) append(headers, name, value)
    }
  }
}

function compileFields(fields: Readonly<Record<string, string>>) {
  return Object.entries(fields).map(([name, text]) => ({ name: name.toLowerCase(), write: compileHeader(parseTemplate(text)) }))
}

/**
 * Takes out the fields that edits remove or give a value of their own, also where `_` stands for `-`, since CGI-style
 * services read both as one.
 */
export function compileRemoval({ set, remove }: HeaderEdits): ApplyEdits {
  const names = new Set([...remove, ...Object.keys(set)].map((name) => name.toLowerCase()))
  return (headers) => {
    for (const name in headers) {
      if (names.has(name.includes('_') ? name.replaceAll('_', '-') : name)) headers[name] = undefined
    }
  }
}

function append(headers: HeaderMap, name: string, value: string | undefined): void {
  if (value === undefined) return
  const present = headers[name]
  headers[name] = present === undefined ? value : [present, value].flat()
}
