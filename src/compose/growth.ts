import { SluiceError } from '../errors.ts'

/** Characters that an error counts for: with its place it takes about so much memory until the answer is told. */
const perError = 1000

/** Characters that a field counts for where graphql-js resolves it, which is dearer than its text. */
const perField = 64

/**
 * How large an answer grows while it is made. Calls are bounded before the first one, but few calls can bring lists that
 * stand in each other, and what is in them is multiplied.
 */
export class Growth {
  readonly #most: number
  #fields = 0
  #exceeded: SluiceError | undefined

  /** `most` is the longest answer, in characters. */
  constructor(most: number) {
    this.#most = most
  }

  /** Why the answer is refused; undefined as long as it isn't. */
  get exceeded(): SluiceError | undefined {
    return this.#exceeded
  }

  /** Takes note of how many characters stand together somewhere in the answer, and its errors. Throws OPERATION_TOO_LARGE. */
  check(characters: number, errors: number): void {
    if (characters + errors * perError > this.#most) throw this.#exceed()
  }

  /** Counts a field that graphql-js resolves. Throws OPERATION_TOO_LARGE. */
  resolve(): void {
    this.#fields += perField
    if (this.#fields > this.#most) throw this.#exceed()
  }

  #exceed(): SluiceError {
    const detail = `The answer came to more than the ${this.#most} characters that it may have. Ask for fewer fields or shorter lists; what was changed stays changed.`
    return (this.#exceeded ??= new SluiceError('OPERATION_TOO_LARGE', detail))
  }
}
