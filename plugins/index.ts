import type { AnyPolicy } from '../src/policy.ts'
import { accessLog } from './access-log.ts'
import { addresses } from './addresses.ts'
import { authenticate } from './authenticate.ts'
import { authorize } from './authorize.ts'
import { compression } from './compression.ts'
import { cookies } from './cookies.ts'
import { cors } from './cors.ts'
import { deprecated } from './deprecated.ts'
import { fault } from './fault.ts'
import { headers } from './headers.ts'
import { idempotency } from './idempotency.ts'
import { limits } from './limits.ts'
import { overload } from './overload.ts'
import { requestId } from './request-id.ts'
import { security } from './security.ts'
import { sizeLimits } from './size-limits.ts'

/**
 * Every policy; the order of the list is the order of execution. Answers pass in reverse, so what the log counts is
 * what compression, the last but for it, leaves of a body.
 */
export const policies: readonly AnyPolicy[] = [
  requestId,
  accessLog,
  overload,
  compression,
  addresses,
  cors,
  security,
  deprecated,
  sizeLimits,
  authenticate,
  limits,
  authorize,
  idempotency,
  cookies,
  headers,
  fault,
]
