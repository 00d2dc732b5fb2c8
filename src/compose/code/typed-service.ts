import type { PathValues } from './define.ts'

/** The path of a template: what reads the query stands behind it. */
type PathOf<Template extends string> = Template extends `${infer Path}{?${string}` ? Path : Template

type Operation<Paths, Method extends string, Template extends string> =
  PathOf<Template> extends keyof Paths ? Method extends keyof Paths[PathOf<Template>] ? Paths[PathOf<Template>][Method] : never : unknown

type Json<T> = T extends { readonly content: { readonly 'application/json': infer Content } } ? Content : null

type Succeeded = 200 | 201 | 202 | 203 | 204

type Answer<Op> = Op extends { readonly responses: infer Responses }
  ? { [Status in keyof Responses & Succeeded]: Json<Responses[Status]> }[keyof Responses & Succeeded] | null
  : unknown

type Body<Op> = Op extends { readonly requestBody?: infer Request } ? Json<NonNullable<Request>> : unknown

/** `ServiceCalls` of a service whose OpenAPI document says what paths take and give, as openapi-typescript writes it. */
export interface ServiceOf<Paths> {
  get<T extends string>(path: T, values?: PathValues): Promise<Answer<Operation<Paths, 'get', T>>>
  post<T extends string>(path: T, body: Body<Operation<Paths, 'post', T>>, values?: PathValues): Promise<Answer<Operation<Paths, 'post', T>>>
  put<T extends string>(path: T, body: Body<Operation<Paths, 'put', T>>, values?: PathValues): Promise<Answer<Operation<Paths, 'put', T>>>
  patch<T extends string>(path: T, body: Body<Operation<Paths, 'patch', T>>, values?: PathValues): Promise<Answer<Operation<Paths, 'patch', T>>>
  delete<T extends string>(path: T, values?: PathValues): Promise<Answer<Operation<Paths, 'delete', T>>>
}
