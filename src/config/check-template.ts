import { TemplateError, parseTemplate, type Reference, type Template } from '../compose/expression.ts'
import { parsePattern, type Pattern } from '../match/pattern.ts'
import { patternProblem } from './check-gateway.ts'
import { suggest } from './suggest.ts'

/** Names that a path pattern gives to what its parameters match. */
export function parametersOf(pattern: Pattern): string[] {
  return pattern.flatMap((segment) => (segment.kind === 'parameter' ? [segment.name] : []))
}

/** The parameters of a path as it is written; none where it is no pattern, which is told elsewhere. */
export function parametersIn(path: string | undefined): string[] {
  return path === undefined || patternProblem(path) !== undefined ? [] : parametersOf(parsePattern(path))
}

/** Why a route can't use a template, if it can't: what `compile` throws, or an expression without a value. */
export function templateProblem(text: string, compile: (template: Template) => unknown, parameters: readonly string[]): string | undefined {
  try {
    const template = parseTemplate(text)
    compile(template)
    return template.references.map((reference) => referenceProblem(reference, parameters)).find((problem) => problem !== undefined)
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown.message
    throw thrown
  }
}

function referenceProblem({ root, path }: Reference, parameters: readonly string[]): string | undefined {
  const name = path.join('.')
  if (root === 'identity' || (root === 'argument' && parameters.includes(name))) return undefined
  if (root === 'parent') return '{parent.x} belongs to GraphQL; a route has the parameters of its path and the identity'
  return `{${name}} is not a parameter of match.path${suggest(name, parameters)}`
}
