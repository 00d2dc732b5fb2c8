import { Type } from 'typebox'
import { path } from './schema-parts.ts'

/** What describes the routes, without its policies. */
export const OpenapiCore = {
  path: { ...path('Where clients get the description, as JSON.'), default: '/openapi.json' },
  docs: Type.Optional(
    Type.String({
      pattern: '^/.*[^/]$',
      expects: 'a path that starts with "/" and does not end with it',
      description: 'Where browsers get Swagger UI, which shows the description and needs nothing from elsewhere; its files are below this path. There is none if left out.',
    }),
  ),
  title: Type.String({ minLength: 1, description: 'What the API is called.', default: 'API' }),
  version: Type.String({ minLength: 1, description: "The API's own version.", default: '1' }),
  description: Type.Optional(Type.String({ description: 'What the API is for; Markdown.' })),
}
