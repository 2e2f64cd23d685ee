import { importTests } from '../support/import-tests.ts'

await importTests('services/{budget,storage}/*.test.ts')
