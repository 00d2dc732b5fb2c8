import { run } from '../service/run.ts'
import { createCatalogService } from './service.ts'

await run(createCatalogService(), { name: 'catalog', portVariable: 'CATALOG_PORT', defaultPort: 4002 })
