import { run } from '../service/run.ts'
import { createOrdersService } from './service.ts'

await run(createOrdersService(), { name: 'orders', portVariable: 'ORDERS_PORT', defaultPort: 4003 })
