import type { Directive } from './directive.ts'

/** How much a field weighs in the cost of an operation. */
export const cost: Directive = {
  name: 'cost',
  sdl: 'directive @cost(weight: Int!) on FIELD_DEFINITION',
  bind(args, { report }) {
    const weight = args.integer('weight') ?? 0
    if (weight < 0) report(args.node('weight'), 'a weight is at least 0')
    return { cost: weight }
  },
}
