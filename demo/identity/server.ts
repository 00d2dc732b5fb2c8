import { run } from '../service/run.ts'
import { createIdentityService } from './service.ts'

const { app, openProvider } = createIdentityService()
await run(app, { name: 'identity', portVariable: 'IDENTITY_PORT', defaultPort: 4000, prepare: openProvider })
