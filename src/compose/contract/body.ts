import { Kind, type GraphQLField, type ValueNode } from 'graphql'
import { nameOf, parseTemplate } from '../expression.ts'
import { inputTypeAt } from '../literal.ts'
import { serviceName, type Naming } from '../naming.ts'
import type { Contract } from './document.ts'
import { leastOf, type Finding } from './finding.ts'
import { meant } from './form.ts'
import type { Inputs } from './input.ts'
import { variantsOf, type Schema } from './schema.ts'

export interface BodyParts {
  readonly field: GraphQLField<unknown, unknown>
  readonly contract: Contract
  readonly naming: Naming
  readonly inputs: Inputs
}

/** Holds a body as it is written in the schema against what the contract takes. */
export function bodyFindings(node: ValueNode, schema: Schema, parts: BodyParts): readonly Finding[] {
  const forms = variantsOf(schema, parts.contract.root)
  switch (node.kind) {
    case Kind.STRING: return textFindings(node, node.value, schema, parts)
    case Kind.LIST:
      return leastOf(meant(forms, 'list').map((form) => node.values.flatMap((item) => bodyFindings(item, form.items, parts))))
    case Kind.OBJECT:
      return leastOf(meant(forms, 'object').map((form) => node.fields.flatMap(({ name, value }) => {
        const member = { name: `"${name.value}" of the body`, node: name }
        return parts.inputs.member(member, serviceName(name.value, parts.naming), form, (below) => bodyFindings(value, below, parts))
      })))
    default: return []
  }
}

/** A text that is one expression is what an argument is; values of the parent and the identity other services gave. */
function textFindings(node: ValueNode, text: string, schema: Schema, { field, inputs }: BodyParts): readonly Finding[] {
  const { parts, references: [reference] } = parseTemplate(text)
  if (parts.length !== 1 || reference?.root !== 'argument') return []
  const [name, ...rest] = reference.path
  const type = inputTypeAt(field.args.find((argument) => argument.name === name)?.type, rest)
  return type === undefined ? [] : inputs.fit({ name: `{${nameOf(reference)}}`, node }, type, schema, 'json')
}
