import { Kind, print, type FieldNode, type ValueNode } from 'graphql'
import { mostKeys, oneForEachKey } from '../row.ts'
import type { Sizes } from './bound.ts'
import type { Plan, PlanField } from './plan.ts'

/** The sizes that an operation can have at most, whatever its variables are; what is written in it counts. */
export function worstSizes({ fields }: Plan): Sizes {
  return {
    arguments: fields.map(({ nodes: [node] }) => textsOf(node)),
    longest: fields.map((field) => longestOf(field)),
    keys: fields.map(({ binding }) => mostKeys(binding)),
  }
}

/** A list's size as a formula over the operation's variables. */
export function sizeFormula(field: PlanField): string {
  const { list } = field.binding
  const asked = list?.by === undefined || list.by === null ? undefined : argumentOf(field, list.by)
  if (asked?.kind === Kind.VARIABLE) return `min($${asked.name.value}, ${list?.max ?? '∞'})`
  return String(longestOf(field) ?? '∞')
}

function longestOf(field: PlanField): number | null {
  const { binding, definition } = field
  if (binding.list === null) return oneForEachKey(binding) ? mostKeys(binding) : null
  const { max, by } = binding.list
  if (by === null) return max
  const asked = argumentOf(field, by)
  const preset: unknown = definition.args.find(({ name }) => name === by)?.defaultValue
  if (asked?.kind === Kind.INT) return Math.min(Number(asked.value), max)
  return asked === undefined && typeof preset === 'number' ? Math.min(preset, max) : max
}

function argumentOf({ nodes: [node] }: PlanField, name: string): ValueNode | undefined {
  return node?.arguments?.find((argument) => argument.name.value === name)?.value
}

function textsOf(node: FieldNode | undefined): Record<string, string> {
  return Object.fromEntries((node?.arguments ?? []).map(({ name, value }) => [name.value, print(value)]))
}
