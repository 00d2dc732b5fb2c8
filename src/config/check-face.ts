import { compileValue, nameOf, parseTemplate, TemplateError, type Reference } from '../compose/expression.ts'
import type { Pattern } from '../match/pattern.ts'
import type { CheckContext } from './check.ts'
import { parametersOf } from './check-template.ts'
import type { Config, RouteSettings } from './config.ts'
import { join } from './pointer.ts'
import { suggest } from './suggest.ts'

/** Methods of requests that change something, which may have a body. */
export const writingMethods: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE']

const readingMethods: readonly string[] = ['GET', 'HEAD']

/** Keys of `to` that are about calls to its service. */
const ofServices = ['path', 'timeout', 'split', 'mirror', 'websocket']

/** What a face's templates may read. */
interface Readable {
  readonly parameters: readonly string[]
  readonly body: boolean
}

/** Checks what can be said of a face without the operation that it shows. */
export function checkFace(context: CheckContext, at: string, { match, face }: RouteSettings, pattern: Pattern): void {
  const { config, sound, report } = context
  if (face === undefined || !sound(`${at}/to`)) return
  if (isWritten(config, `${at}/to/service`)) report(`${at}/to/service`, 'a route goes to a service or shows an operation; keep one of "service" and "operation"')
  for (const key of ofServices.filter((key) => isWritten(config, `${at}/to/${key}`))) {
    report(`${at}/to/${key}`, `"${key}" is about calls to a service, and an operation makes its own; remove it`)
  }
  if (config.graphql?.documents?.manifest === undefined) {
    report(`${at}/to/operation`, 'there is no manifest to take the operation from; name one in graphql.documents.manifest')
  }
  const methods = match.methods ?? []
  const writes = methods.every((method) => writingMethods.includes(method))
  if (methods.length === 0) report(`${at}/to/operation`, 'the methods are missing in match: GET for a query, or such as POST for a mutation')
  else if (!writes && !methods.every((method) => readingMethods.includes(method))) {
    report(`${at}/match/methods`, 'a query is for GET, a mutation for POST, PUT, PATCH and DELETE, and an operation is one of the two')
  }
  const parameters = parametersOf(pattern)
  if (parameters.includes('body')) report(`${at}/match/path`, '{body} is the body of a request; give the parameter another name')
  checkTemplates(context, `${at}/to/variables`, face.variables, { parameters, body: writes })
}

function isWritten({ places }: Config, pointer: string): boolean {
  return places[pointer] !== undefined
}

function checkTemplates(context: CheckContext, at: string, value: unknown, readable: Readable): void {
  if (typeof value === 'string') {
    const problem = problemOf(value, readable)
    if (problem !== undefined) context.report(at, problem)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) checkTemplates(context, join(at, name), member, readable)
  }
}

function problemOf(text: string, readable: Readable): string | undefined {
  try {
    const template = parseTemplate(text)
    compileValue(template)
    return template.references.map((reference) => referenceProblem(reference, readable)).find((problem) => problem !== undefined)
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown.message
    throw thrown
  }
}

function referenceProblem(reference: Reference, { parameters, body }: Readable): string | undefined {
  const [first = '', ...deeper] = reference.path
  const name = nameOf(reference)
  if (reference.root === 'identity') return `{${name}} is for the fields of the operation themselves, which know who asks`
  if (reference.root === 'parent') return `{${name}} belongs to GraphQL; a route has the parameters of its path and {body}`
  if (first === 'body') return body ? undefined : 'a request with this method has no body to read'
  if (deeper.length === 0 && parameters.includes(first)) return undefined
  return `{${name}} is not a parameter of match.path${suggest(name, parameters)}`
}
