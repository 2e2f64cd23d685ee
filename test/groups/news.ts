import { importTests } from '../support/import-tests.ts'

await importTests('services/{alpha-vantage,analysis,config,lib,news}/*.test.ts')
