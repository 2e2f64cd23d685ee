import { importTests } from '../support/import-tests.ts'

await importTests('services/mcp/chart*.test.ts', 'services/docs/*.test.ts', 'local/sign-in-pages.test.ts')
