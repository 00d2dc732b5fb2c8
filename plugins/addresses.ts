import { Type, type Static } from 'typebox'
import { compileRanges, isRange } from '../src/address-range.ts'
import { SluiceError } from '../src/errors.ts'
import { definePolicy, type PolicyProblem } from '../src/policy.ts'

const ranges = (description: string) => Type.Array(Type.String(), { description, default: [] })

const settings = Type.Object(
  {
    allow: ranges('Addresses and CIDRs of clients that may call. All if empty.'),
    deny: ranges('Addresses and CIDRs of clients that may not, also where `allow` lists them.'),
  },
  {
    additionalProperties: false,
    description: "Which clients may call, by their own address: behind `trustedProxies` the one that these vouch for. An IPv4-mapped IPv6 address counts as the IPv4 one, here and in the request. Others get 403.",
  },
)

type Settings = Static<typeof settings>

export const addresses = definePolicy({
  name: 'addresses',
  key: 'addresses',
  unmatched: true,
  config: settings,
  check: checkSettings,
  apply(_route, settings) {
    if (settings === undefined || settings.allow.length + settings.deny.length === 0) return undefined
    const denied = compileRanges(settings.deny)
    const allowed = settings.allow.length === 0 ? compileRanges(['0.0.0.0/0', '::/0']) : compileRanges(settings.allow)
    return {
      request({ client }) {
        // An address that can't be read is in no range, so it isn't allowed either.
        if (allowed(client.address) && !denied(client.address)) return undefined
        return new SluiceError('FORBIDDEN', 'Clients at this address may not call this.')
      },
    }
  },
})

function checkSettings({ allow, deny }: Settings): PolicyProblem[] {
  return Object.entries({ allow, deny }).flatMap(([key, list]) => list.flatMap((text, index) => {
    if (isRange(text)) return []
    return [{ pointer: `/${key}/${index}`, message: `"${text}" is not an address or a CIDR such as 10.0.0.0/8` }]
  }))
}
