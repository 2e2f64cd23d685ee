import { importTests } from '../support/import-tests.ts'

await importTests(
  'services/mcp/{primitives,resources,schemas}/*.test.ts',
  'services/mcp/{catalog,completion,prompts,resources,response-cache}.test.ts'
)
