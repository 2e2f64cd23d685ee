import { importTests } from '../support/import-tests.ts'

await importTests('services/auth/*.test.ts')
