import { pathToFileURL } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import type { Config } from '../config/config.ts'

/** Types of each service that has an OpenAPI document, by the file that they go to. */
export async function serviceFiles(services: Config['services']): Promise<Record<string, string>> {
  const files = await Promise.all(described(services).map(async ([name, path]) => {
    const ast = await openapiTS(pathToFileURL(path), { immutable: true, silent: true })
    return [`schema/services/${name}.ts`, `${notice}\n\n${astToString(ast)}`] as const
  }))
  return Object.fromEntries(files)
}

export const notice = '// Written by `npm run codegen`.'

/** `Services`, as resolvers in code have them. */
export function servicesType(services: Config['services']): string {
  const known = new Set(described(services).map(([name]) => name))
  const names = Object.keys(services).toSorted()
  const imports = names.filter((name) => known.has(name)).map((name) => `import type { paths as ${aliasOf(name)} } from './services/${name}.ts'\n`)
  const lines = names.map((name) => `  readonly '${name}': ${known.has(name) ? `ServiceOf<${aliasOf(name)}>` : 'ServiceCalls'}`)
  return `${imports.join('')}\nexport interface Services {\n${lines.join('\n')}\n}\n`
}

function described(services: Config['services']): (readonly [string, string])[] {
  return Object.entries(services).flatMap(([name, { contract }]) => contract === undefined ? [] : [[name, contract.openapi] as const])
}

function aliasOf(name: string): string {
  return `${name.replace(/\W/g, '_')}_paths`
}
