import { importTests } from '../support/import-tests.ts'

await importTests('plugins/observability/*.test.ts')
