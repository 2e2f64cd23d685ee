import { importTests } from '../support/import-tests.ts'

await importTests('services/mcp/protocol/*.test.ts')
