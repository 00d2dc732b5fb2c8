import { run } from '../service/run.ts'
import { createUsersService } from './service.ts'

await run(createUsersService(), { name: 'users', portVariable: 'USERS_PORT', defaultPort: 4001 })
