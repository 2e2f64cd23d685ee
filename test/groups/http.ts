import { importTests } from '../support/import-tests.ts'

await importTests('plugins/*.test.ts', 'plugins/http/*.test.ts', 'routes/*.test.ts')
