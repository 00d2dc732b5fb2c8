import { Type } from 'typebox'
import { SluiceError } from '../src/errors.ts'
import { definePolicy } from '../src/policy.ts'

/**
 * From which share of what the process takes on a priority is shed. The one before is shed wholly by then.
 */
const begins = { low: 0.7, normal: 0.85, high: 1 }

/** How much further all of it is; in between a part is, so that the load settles where it can be borne. */
const ramp = 0.15

/** A refusal says nothing of its request, so one serves for all: shedding must cost next to nothing. */
const overloaded = new SluiceError('OVERLOADED', 'The gateway has all the requests that it can take; try again soon.', {
  headers: { 'retry-after': '1' },
})

export const overload = definePolicy({
  name: 'overload',
  key: 'overload',
  unmatched: true,
  config: Type.Object(
    {
      priority: Type.Enum(['critical', 'high', 'normal', 'low'], {
        description: 'How long requests are still answered while the load grows; critical ones always.',
        default: 'normal',
      }),
    },
    {
      additionalProperties: false,
      description: "Sheds requests when the process nears what the top-level key `overload` allows, whichever of the two it is nearer to: those of low priority from 70 % on, of normal from 85 %, of high from 100 %. Within the next 15 % from a few it comes to be all. What is shed is answered at once with 503 and `Retry-After`.",
    },
  ),
  apply(_route, settings, { config, load, random }) {
    const priority = settings?.priority ?? 'normal'
    if (priority === 'critical') return undefined
    const begin = begins[priority]
    const { inFlight, delay } = config.overload
    return {
      request() {
        // This exchange is among those in flight; what counts are the others.
        const share = Math.max((load.inFlight - 1) / inFlight, load.delay / delay)
        return share > begin && random() < (share - begin) / ramp ? overloaded : undefined
      },
    }
  },
})
