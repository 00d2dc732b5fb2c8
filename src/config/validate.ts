import { Ajv, type ErrorObject } from 'ajv'
import { messageOf, shapeOf } from './message.ts'
import { dataOf, walk, type Node } from './node.ts'
import { join } from './pointer.ts'
import type { ConfigProblem } from './problem.ts'
import { readQuantity } from './quantity.ts'
import type { Shape } from './shape.ts'
import { suggest } from './suggest.ts'

/** What is wrong, and the pointers to everything that can't be relied on. */
export interface Validation {
  problems: ConfigProblem[]
  suspects: string[]
}

/** Holds a document against a shape; where it is not complete, nothing is said of what it lacks as a whole. */
export type Validator = (root: Node, options: { complete: boolean }) => Validation

/** Compiles a validator that holds what was written against a shape, and finds everything that is wrong at once. */
export function compileValidator(shape: Shape): Validator {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictTypes: false, discriminator: true })
  ajv.addVocabulary(['expects', 'bounds'])
  ajv.addKeyword({
    keyword: 'unit',
    validate: (_unit: string, value: unknown, parent?: Shape) => 'value' in readQuantity(parent ?? {}, value),
  })
  const validate = ajv.compile({ ...shape })
  return (root, { complete }) => {
    validate(dataOf(root))
    const errors = validate.errors ?? []
    const broken = [...walk(root)].flatMap(([pointer, node]) => ('broken' in node ? [pointer] : []))
    const told = chosen(errors).filter((error) => {
      if (broken.includes(error.instancePath) || misspelt(error, errors) || mayComeLater(error)) return false
      return complete || error.instancePath !== '' || error.keyword !== 'required'
    })
    return { problems: told.map((error) => messageOf(error, root)), suspects: [...errors.map(pointerOf), ...broken] }
  }
}

function pointerOf({ instancePath, keyword, params }: ErrorObject): string {
  const { missingProperty, additionalProperty }: Record<string, unknown> = params
  if (keyword === 'required') return join(instancePath, String(missingProperty))
  return keyword === 'additionalProperties' ? join(instancePath, String(additionalProperty)) : instancePath
}

/** Of a choice, only the errors of the branch that was meant: the one whose kind the value has. */
function chosen(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf')
  const meant = new Map(choices.map((choice) => [choice, meantBranch(choice, errors)]))
  return errors.filter((error) => error.propertyName === undefined && choices.every((choice) => {
    if (error === choice) return meant.get(choice) === undefined
    const branch = branchOf(choice, error)
    return branch === undefined || branch === meant.get(choice)
  }))
}

function branchOf(choice: ErrorObject, error: ErrorObject): string | undefined {
  const within = error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`)
  if (!within || !error.schemaPath.startsWith(`${choice.schemaPath}/`)) return undefined
  return error.schemaPath.slice(choice.schemaPath.length + 1).split('/', 1)[0]
}

/** The only branch that has nothing against the kind of the value, if there is just one. */
function meantBranch(choice: ErrorObject, errors: readonly ErrorObject[]): string | undefined {
  const { anyOf = [] } = shapeOf(choice)
  const possible = anyOf.map((_, index) => String(index)).filter((branch) => {
    return !errors.some((error) => {
      const kind = ['type', 'enum', 'unit', 'anyOf'].includes(error.keyword)
      return kind && error.instancePath === choice.instancePath && branchOf(choice, error) === branch
    })
  })
  return possible.length === 1 ? possible[0] : undefined
}

/** A key that is missing because it is misspelt is one mistake, not two. */
function misspelt(error: ErrorObject, errors: readonly ErrorObject[]): boolean {
  if (error.keyword !== 'required') return false
  const missing = String(pointerOf(error).split('/').at(-1))
  return errors.some((other) => {
    if (other.keyword !== 'additionalProperties' || other.instancePath !== error.instancePath) return false
    const { properties = {} } = shapeOf(other)
    const { additionalProperty }: Record<string, unknown> = other.params
    return suggest(String(additionalProperty), Object.keys(properties)) === suggest(missing, [missing])
  })
}

/** What `defaults` leave open the routes may add. */
function mayComeLater({ keyword, instancePath, params }: ErrorObject): boolean {
  const { error }: Record<string, unknown> = params
  const open = keyword === 'required' || (keyword === 'discriminator' && error === 'tag')
  return open && instancePath.startsWith('/defaults/')
}
