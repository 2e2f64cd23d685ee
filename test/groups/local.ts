import { importTests } from '../support/import-tests.ts'

await importTests('local/{control,local-mode,sample-news,sign-in}.test.ts')
