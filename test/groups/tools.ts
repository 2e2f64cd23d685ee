import { importTests } from '../support/import-tests.ts'

await importTests('services/mcp/tools/*.test.ts')
