import { headers } from './cases/headers.ts'
import { testGroups } from './test-groups.ts'

testGroups(headers)
