import { Kind, OperationTypeNode, type FragmentDefinitionNode } from 'graphql'
import { writingMethods } from '../../config/check-face.ts'
import type { Config, RouteSettings } from '../../config/config.ts'
import { parametersIn } from '../../config/check-template.ts'
import { lineOf, wordsOf } from '../../config/pointer.ts'
import { suggest } from '../../config/suggest.ts'
import type { Bound } from '../binding.ts'
import { rootNames } from '../limits.ts'
import type { Problem } from '../problem.ts'
import type { TrustedDocuments } from '../trusted.ts'
import { findOperation, type TrustedOperation } from './operation.ts'
import type { ReportAt } from './template.ts'
import { compileVariable, misfit, type FaceVariable } from './variable.ts'

/** An operation as a REST route shows it: what it is, and where its variables come from. */
export interface Face extends TrustedOperation {
  readonly mutation: boolean
  /** The name of its only root field in the answer; null where there are several. */
  readonly root: string | null
  readonly variables: readonly FaceVariable[]
  /** Whether an answer may have holes, and says so. */
  readonly partial: boolean
}

/** By the route's name. */
export type Faces = ReadonlyMap<string, Face>

/** Compiles the faces of all routes that show an operation, and says what is wrong with them. */
export function compileFaces(config: Config, { schema }: Bound, trusted: TrustedDocuments): { faces: Faces, problems: Problem[] } {
  const problems: Problem[] = []
  const faces = new Map<string, Face>()
  for (const [name, route] of Object.entries(config.routes)) {
    if (route.face === undefined) continue
    const report: ReportAt = (pointer, message) => problems.push(problemAt(config, `/routes/${name}/to${pointer}`, message))
    const found = findOperation(route.face.operation, trusted)
    if (typeof found === 'string') report('/operation', found)
    else faces.set(name, compileFace(found, route, schema, report))
  }
  return { faces, problems }
}

function compileFace(
  { document, operation }: TrustedOperation, { match, face }: RouteSettings, schema: Bound['schema'], report: ReportAt,
): Face {
  const { variables = {}, partial = false } = face ?? {}
  const mutation = operation.operation === OperationTypeNode.MUTATION
  const writes = match.methods?.every((method) => writingMethods.includes(method)) === true
  if (mutation && !writes) report('/operation', 'a mutation is for POST, PUT, PATCH and DELETE, and match.methods has others')
  if (!mutation && writes) report('/operation', 'a query is for GET, and match.methods has others')
  const definitions = operation.variableDefinitions ?? []
  const known = definitions.map(({ variable }) => variable.name.value)
  for (const name of Object.keys(variables).filter((each) => !known.includes(each))) {
    report(`/variables/${name}`, `the operation has no variable $${name}${suggest(name, known)}`)
  }
  const compiled = definitions.flatMap((definition) => {
    return compileVariable(definition, { schema, variables, parameters: parametersIn(match.path), report }) ?? []
  })
  compiled.forEach((variable) => checkConstant(variable, report))
  const fragments = new Map(document.definitions.flatMap((each): [string, FragmentDefinitionNode][] => {
    return each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : []
  }))
  const [root = null, ...more] = rootNames(operation.selectionSet, fragments)
  return { document, operation, mutation, root: more.length === 0 ? root : null, variables: compiled, partial }
}

function checkConstant(variable: FaceVariable, report: ReportAt): void {
  if (variable.uses.length > 0) return
  const problem = misfit(variable, variable.read({ parameters: {}, query: new URLSearchParams(), body: undefined }))
  if (problem !== undefined) report(`/variables/${variable.name}`, `this ${problem}`)
}

/** A problem at what was written last on the way to a pointer. */
function problemAt({ places }: Config, pointer: string, message: string): Problem {
  const place = lineOf(pointer).map((at) => places[at]).find((each) => each !== undefined)
  return { ...place ?? { file: 'routes', line: 1, column: 1 }, message: `${wordsOf(pointer)}: ${message}` }
}
