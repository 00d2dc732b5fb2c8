/** How a service writes the names in its JSON and its queries; GraphQL names stay camelCase. */
export type Naming = 'as-is' | 'snake_case'

/** A GraphQL name as the service writes it: `placedAt` is `placed_at`, `userID` is `user_id`. */
export function serviceName(name: string, naming: Naming): string {
  if (naming === 'as-is') return name
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}

/** How the names of a row are written: as its service does, or as the schema declares them, where code gave it. */
export type RowNaming = Naming | 'declared'
