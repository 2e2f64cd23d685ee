import { importTests } from '../support/import-tests.ts'

await importTests(
  'local/{control,local-mode,refresh,sample-news,sign-in,sign-in-clients,sign-in-failures}.test.ts'
)
