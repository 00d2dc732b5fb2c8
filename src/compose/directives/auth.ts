import type { Directive } from './directive.ts'

/** Only clients that are authenticated and have all of the scopes. */
export const auth: Directive = {
  name: 'auth',
  sdl: 'directive @auth(scopes: [String!]) on FIELD_DEFINITION',
  bind(args, { field, report }) {
    const open = field.astNode?.directives?.find(({ name }) => name.value === 'public')
    if (open !== undefined) report(open, '@public and @auth contradict each other; keep one')
    return { auth: { public: false, scopes: args.texts('scopes') } }
  },
}
