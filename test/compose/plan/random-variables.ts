import { getNullableType, GraphQLNonNull, isNonNullType, type GraphQLInputType } from 'graphql'
import type { Draws } from './draws.ts'
import { randomInput, writeInput } from './random-input.ts'

interface Variable {
  readonly name: string
  readonly type: GraphQLInputType
  /** As it is declared, with its `=`. */
  readonly preset: string
}

/** The variables of an operation, declared as they are needed. */
export class RandomVariables {
  readonly #draws: Draws
  readonly #known: Variable[] = []

  constructor(draws: Draws) {
    this.#draws = draws
  }

  /** A variable that may stand where the type is asked for: of that type, or with a default in the place of null. */
  use(type: GraphQLInputType): string {
    const again = this.#draws.chance(50) ? this.#draws.pickFrom(this.#known.filter((each) => each.type === type)) : undefined
    if (again !== undefined) return `$${again.name}`
    const optional = isNonNullType(type) && this.#draws.chance(30)
    const preset = optional || this.#draws.chance(15) ? ` = ${this.#preset(type)}` : ''
    const name = `v${this.#known.length}`
    this.#known.push({ name, type: optional ? type.ofType : type, preset })
    return `$${name}`
  }

  #preset(type: GraphQLInputType): string {
    return writeInput(randomInput(new GraphQLNonNull(getNullableType(type)), this.#draws), type)
  }

  /** As the operation declares them, in parentheses. */
  write(): string {
    const texts = this.#known.map(({ name, type, preset }) => `$${name}: ${String(type)}${preset}`)
    return texts.length === 0 ? '' : `(${texts.join(', ')})`
  }

  values(): Record<string, unknown> {
    return Object.fromEntries(this.#known.flatMap(({ name, type, preset }) => {
      const optional = !isNonNullType(type) || preset !== ''
      return optional && this.#draws.chance(30) ? [] : [[name, randomInput(type, this.#draws)]]
    }))
  }
}
