import type { Directive } from './directive.ts'

/**
 * Says knowingly that a field makes a call for each of its rows, and for how many in one operation. Calls beyond that
 * are refused while the operation runs, row by row, for how long lists are is known only then; the operation's bound
 * counts on it. In a query equal calls are one, and count once.
 */
export const unbatched: Directive = {
  name: 'unbatched',
  sdl: '"A call for each row, for at most `max` of them in one operation; the field fails on every further row." directive @unbatched(max: Int!) on FIELD_DEFINITION',
  bind(args, { report }) {
    const max = args.integer('max') ?? 0
    if (max < 1) report(args.node('max'), 'a bound on calls is at least 1')
    return { unbatched: max }
  },
}
