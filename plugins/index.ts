import type { AnyPolicy } from '../src/policy.ts'
import { accessLog } from './access-log.ts'
import { authenticate } from './authenticate.ts'
import { authorize } from './authorize.ts'
import { cors } from './cors.ts'
import { limits } from './limits.ts'
import { requestId } from './request-id.ts'
import { sizeLimits } from './size-limits.ts'

/** Every policy; the order of the list is the order of execution. */
export const policies: readonly AnyPolicy[] = [requestId, accessLog, cors, sizeLimits, authenticate, limits, authorize]
