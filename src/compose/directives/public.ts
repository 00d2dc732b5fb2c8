import type { Directive } from './directive.ts'

/** Anonymous clients may ask, too. */
export const publicField: Directive = {
  name: 'public',
  sdl: 'directive @public on FIELD_DEFINITION',
  bind: (_args, { field }) => {
    const both = field.astNode?.directives?.some(({ name }) => name.value === 'auth') === true
    return both ? undefined : { auth: { public: true, scopes: null } }
  },
}
