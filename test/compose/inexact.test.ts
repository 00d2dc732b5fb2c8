import t from 'tap'
import { compose, limits } from './fixture.ts'

const sdl = 'type Query { rate(near: Float): String @public @rest(service: "shop", get: "/rate{?near}") }'

function ask(query: string) {
  const { ask, paths } = compose(sdl, () => ({ json: 'ok' }), { operations: { ...limits, calls: 2 } })
  return ask(query).then(({ errors }) => ({ codes: errors?.map(({ extensions }) => extensions['code']), paths: paths() }))
}

t.test('numbers that JSON writes as null are calls of their own, and counted before the first', async (t) => {
  const refused = { codes: ['OPERATION_TOO_LARGE'], paths: [] }
  t.same(await ask('{ a: rate(near: 1e999) b: rate(near: -1e999) c: rate(near: null) }'), refused)
  t.same(await ask('{ a: rate(near: 1) b: rate(near: 2) c: rate(near: null) }'), refused)
  t.same(await ask('{ a: rate(near: 1) b: rate(near: 1.0) c: rate(near: null) }'), { codes: undefined, paths: ['shop GET /rate?near=1', 'shop GET /rate'] })
})
