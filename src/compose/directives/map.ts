import type { Directive } from './directive.ts'

/** Another name, or a dotted path, in the answer. */
export const map: Directive = {
  name: 'map',
  sdl: 'directive @map(from: String!) on FIELD_DEFINITION',
  bind(args, { report }) {
    const path = args.text('from').split('.')
    if (path.every((step) => step !== '')) return { map: path }
    report(args.node('from'), 'a path in the answer is names with dots between, as in "address.city"')
    return undefined
  },
}
