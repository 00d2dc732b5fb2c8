import t from 'tap'
import { compose, exchange } from './fixture.ts'

const { endpoint } = compose('type Query { hello: String @public @rest(service: "shop", get: "/hello") }', () => ({ json: 'hi' }))

async function get(headers: Record<string, string>, method = 'GET'): Promise<string> {
  const answer = await endpoint.handle(exchange({ method, query: '?query={hello}', headers }), null)
  const { errors = [] } = JSON.parse(String(answer.body))
  return errors.length === 0 ? String(answer.status) : `${answer.status} ${String(errors[0].extensions.code)}`
}

const refused = '403 CROSS_SITE_REFUSED'

t.test('a GET that no page could have sent by itself is answered', async (t) => {
  t.equal(await get({}), '200')
  t.equal(await get({ accept: '*/*' }), '200')
  t.equal(await get({ accept: 'application/json' }), '200')
  t.equal(await get({ accept: 'application/graphql-response+json, application/json;q=0.9' }), '200')
  t.equal(await get({ accept: '*/*', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }), '200')
  for (const proof of [{ 'x-apollo-operation-name': 'A' }, { 'apollo-require-preflight': 'true' }, { 'content-type': 'application/json' }]) {
    t.equal(await get({ accept: 'image/png', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', ...proof }), '200')
  }
})

t.test('one that a page of any site could have sent is not', async (t) => {
  for (const method of ['GET', 'HEAD']) {
    t.equal(await get({ accept: 'image/avif,image/webp,*/*;q=0.8' }, method), refused)
    t.equal(await get({ accept: 'text/css,*/*;q=0.1', 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-origin' }, method), refused)
    t.equal(await get({ accept: 'application/json', 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'cross-site' }, method), refused)
    t.equal(await get({ accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'cross-site' }, method), refused)
    t.equal(await get({ accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-site' }, method), refused)
    t.equal(await get({ accept: '*/*', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' }, method), refused)
    t.equal(await get({ accept: 'text/plain' }, method), refused)
    for (const type of ['text/plain', 'TEXT/PLAIN; x=application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
      t.equal(await get({ accept: 'image/png', 'content-type': type }, method), refused, type)
    }
    t.equal(await get({ accept: 'image/png', 'apollo-require-preflight': '' }, method), refused)
  }
})

t.test('a POST needs a content type that pages have to ask for, whatever other headers say', async (t) => {
  const post = async (headers: Record<string, string>) => {
    return (await endpoint.handle(exchange({ headers }), Buffer.from('{"query":"{ hello }"}'))).status
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; charset=application/json']) {
    t.equal(await post({ 'content-type': type, 'apollo-require-preflight': 'true' }), 415, type)
  }
  t.equal(await post({ 'apollo-require-preflight': 'true' }), 415)
  t.equal(await post({ 'content-type': 'application/json', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }), 200)
})
