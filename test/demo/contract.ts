import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { parse } from 'yaml'

interface Answer { $ref?: string, headers?: Record<string, { required?: boolean, schema: object }> }
interface Operation { responses: Record<string, Answer> }
interface Description {
  paths: Record<string, Record<string, Operation>>
  components: { responses: Record<string, Answer> }
}

const SHARED = '#/components/responses/'
const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/**
 * Holds a service to its own description: each answer must be one that the description has for the operation, with
 * a body of its schema. What was never asked for, and what is served without being described, can be listed.
 */
export function openContract(app: FastifyInstance, file: URL) {
  const document = parse(readFileSync(file, 'utf8')) as Description
  const ajv = new Ajv2020({
    strict: false, formats: { email: /^[^@\s]+@[^@\s]+$/, 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/ },
  })
  ajv.addSchema(document, 'document')
  const described = Object.entries(document.paths).flatMap(([path, item]) => {
    return METHODS.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`)
  })
  const unseen = new Set(described.flatMap((operation) => {
    return Object.keys(operationOf(document, operation).responses).map((status) => `${operation} ${status}`)
  }))
  const served: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) served.push(`${one} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
  })

  return {
    unseen: () => [...unseen],
    /** The fault switch is for whoever runs the demo, and no part of what a service promises. */
    undescribed: () => served.filter((route) => !/^HEAD | \/fault$/.test(route) && !described.includes(route)),
    unserved: () => described.filter((operation) => !served.includes(operation)),
    /** Sends a request and throws when the answer isn't one that the description has. */
    async request(options: InjectOptions & { method: 'GET' | 'POST' | 'PATCH', url: string }) {
      const answer = await app.inject(options)
      const operation = described.find((one) => matches(one, options.method, options.url))
      if (operation === undefined) throw new Error(`${options.method} ${options.url} is not described`)
      const { pointer, headers = {} } = describedAnswer(document, operation, answer.statusCode)
      unseen.delete(`${operation} ${answer.statusCode}`)
      checkHeaders(ajv, headers, answer)
      const type = String(answer.headers['content-type']).split(';')[0] ?? ''
      const content = `${pointer}/content/${escape(type)}/schema`
      const body = type === 'application/json' ? answer.json() : answer.body
      if (!ajv.validate({ $ref: `document#${content}` }, body)) {
        throw new Error(`${operation} ${answer.statusCode}: ${ajv.errorsText()}: ${answer.body}`)
      }
      return answer
    },
  }
}

function checkHeaders(ajv: Ajv2020, headers: NonNullable<Answer['headers']>, answer: LightMyRequestResponse): void {
  for (const [name, { required = false, schema }] of Object.entries(headers)) {
    const value = answer.headers[name.toLowerCase()]
    if (required && value === undefined) throw new Error(`${name} is missing`)
    if (!ajv.validate(schema, value)) throw new Error(`${name}: ${ajv.errorsText()}`)
  }
}

function operationOf(document: Description, operation: string): Operation {
  const [method = '', path = ''] = operation.split(' ')
  return document.paths[path]![method.toLowerCase()]!
}

/** What the description says of this status, and the JSON pointer to where it says so. */
function describedAnswer(document: Description, operation: string, status: number): Answer & { pointer: string } {
  const answer = operationOf(document, operation).responses[status]
  if (answer === undefined) throw new Error(`${operation} is not described to answer ${status}`)
  const { $ref: reference } = answer
  if (reference !== undefined) {
    return { ...document.components.responses[reference.slice(SHARED.length)], pointer: reference.slice(1) }
  }
  const [method = '', path = ''] = operation.split(' ')
  return { ...answer, pointer: `/paths/${escape(path)}/${method.toLowerCase()}/responses/${status}` }
}

function matches(operation: string, method: string, url: string): boolean {
  const [path = ''] = url.split('?')
  const [itsMethod, template = ''] = operation.split(' ')
  const pattern = template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')
  return itsMethod === method && new RegExp(`^${pattern}$`).test(path)
}

/** RFC 6901 section 3, then section 6 for its use in a URI fragment. */
function escape(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))
}
