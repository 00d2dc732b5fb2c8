import type { Directive } from './directive.ts'

/** Usable by composition, invisible to clients. */
export const internal: Directive = {
  name: 'internal',
  sdl: 'directive @internal on FIELD_DEFINITION | ARGUMENT_DEFINITION',
  bind: () => ({ internal: true }),
}
