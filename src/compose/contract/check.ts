import { isNonNullType, isObjectType, type GraphQLField, type ValueNode } from 'graphql'
import { coordinateOf, type CallTemplate, type FieldBinding } from '../binding.ts'
import { DirectiveArguments } from '../directives/directive.ts'
import { nameOf, parseTemplate, type Reference } from '../expression.ts'
import { inputTypeAt } from '../literal.ts'
import { writePlace, placeOfNode, type Report } from '../problem.ts'
import { offsetIn } from '../site.ts'
import { bodyFindings } from './body.ts'
import type { Declared } from './declared.ts'
import { cite, type Contract } from './document.ts'
import type { Finding } from './finding.ts'
import { Inputs } from './input.ts'
import { answerOf, contentOf, findOperation, type Operation, type Parameter } from './operation.ts'
import { lackingParameters, queryOf, unknownParameter } from './query.ts'
import { variantsOf } from './schema.ts'
import { Shapes } from './shape.ts'

/** Reports what fields with a call ask of a service, or take from it, that isn't in the service's contract. */
export function checkContracts(declared: Declared, contracts: ReadonlyMap<string, Contract>, report: Report): void {
  const reported = new Set<string>()
  const shapes = new Map<string, Shapes>()
  for (const binding of declared.fields.values()) {
    if (binding.source.kind !== 'call') continue
    const { call } = binding.source
    const contract = contracts.get(call.service)
    const type = declared.schema.getType(binding.parent)
    const field = isObjectType(type) ? type.getFields()[binding.name] : undefined
    if (contract === undefined || field === undefined) continue
    const known = shapes.get(call.service) ?? new Shapes(declared, contract, call.naming)
    shapes.set(call.service, known)
    for (const { node, message, offset } of findingsOf({ binding, call, contract, field, shapes: known })) {
      const key = `${writePlace(placeOfNode(node))} ${message}`
      if (!reported.has(key)) report(node, message, offset)
      reported.add(key)
    }
  }
}

interface Subject {
  readonly binding: FieldBinding
  readonly call: CallTemplate
  readonly contract: Contract
  readonly field: GraphQLField<unknown, unknown>
  readonly shapes: Shapes
}

function findingsOf(subject: Subject): readonly Finding[] {
  const { call, contract, field } = subject
  const use = argumentsOf(field, 'rest')
  const node = use.node(call.method.toLowerCase())
  const operation = findOperation(contract, call.method, parseTemplate(call.text))
  if (operation === undefined) return []
  if (typeof operation === 'string') return [{ node, message: operation }]
  return [
    ...pathFindings(subject, operation),
    ...queryFindings(subject, operation, node),
    ...sentBody(subject, operation, use.node('body')),
    ...answered(subject, operation),
  ]
}

function argumentsOf({ astNode }: Subject['field'], directive: string): DirectiveArguments {
  return new DirectiveArguments(astNode?.directives?.find(({ name }) => name.value === directive)?.arguments ?? [])
}

function pathFindings(subject: Subject, { filled }: Operation): readonly Finding[] {
  return filled.flatMap(([reference, parameter]) => valueFindings(subject, reference, parameter))
}

function queryFindings(subject: Subject, operation: Operation, node: ValueNode | undefined): readonly Finding[] {
  const { call, contract } = subject
  const written = queryOf(parseTemplate(call.text), call.naming)
  const found = written.flatMap(({ name, reference, offset }): readonly Finding[] => {
    const message = unknownParameter(name, operation, contract)
    if (message !== undefined) return [{ node, message, offset: node === undefined ? 0 : offsetIn(node, offset) }]
    const parameter = operation.parameters.find((each) => each.in === 'query' && each.name === name)
    if (reference === null || parameter === undefined) return []
    return [...valueFindings(subject, reference, parameter), ...chunkFindings(subject, reference, parameter)]
  })
  const lacking = lackingParameters(written, operation).map((parameter) => {
    return { node, message: `${operation.name} needs the query parameter "${parameter.name}" by the contract of "${contract.service}" ${cite(parameter.node)}; add it to the path` }
  })
  return [...found, ...lacking]
}

/** Values of the parent and the identity are what other services gave, and nothing is known of them here. */
function valueFindings({ field, contract, call }: Subject, reference: Reference, { schema }: Parameter): readonly Finding[] {
  const [name, ...rest] = reference.path
  const argument = reference.root === 'argument' ? field.args.find((each) => each.name === name) : undefined
  const type = inputTypeAt(argument?.type, rest)
  if (type === undefined) return []
  return new Inputs(contract, call.naming).fit({ name: `{${nameOf(reference)}}`, node: argument?.astNode?.type }, type, schema, 'url')
}

/** A batch that is larger than the list that the service takes would fail whenever it is full. */
function chunkFindings({ binding: { batch }, contract, field }: Subject, { path: [name] }: Reference, { schema }: Parameter): readonly Finding[] {
  if (batch === null || batch.arg !== name) return []
  const sizes = variantsOf(schema, contract.root).map(({ maxItems }) => maxItems ?? Infinity)
  const most = Math.max(...sizes)
  if (batch.max <= most) return []
  const node = argumentsOf(field, 'batch').node('max')
  return [{ node, message: `a batch of ${batch.max} keys is more than the ${most} that the contract of "${contract.service}" takes; say max: ${most}` }]
}

function sentBody({ binding, call, contract, field }: Subject, operation: Operation, node: ValueNode | undefined): readonly Finding[] {
  if (node === undefined) return []
  if (operation.body === undefined) {
    return [{ node, message: `${operation.name} takes no body by the contract of "${contract.service}", but ${coordinateOf(binding)} sends one; leave it out` }]
  }
  const schema = contentOf(operation.body)
  if (schema === 'unknown') return []
  return bodyFindings(node, schema, { field, contract, naming: call.naming, inputs: new Inputs(contract, call.naming) })
}

function answered({ binding, contract, field, shapes }: Subject, operation: Operation): readonly Finding[] {
  const answer = answerOf(operation, contract)
  if (answer === 'unknown') return []
  if (answer !== 'nothing') return shapes.compare(binding, answer)
  if (!isNonNullType(binding.type)) return []
  const message = `${coordinateOf(binding)} is ${String(binding.type)}, but ${operation.name} answers nothing by the contract of "${contract.service}" ${cite(operation.node)}; let it be null`
  return [{ node: field.astNode?.type, message }]
}
