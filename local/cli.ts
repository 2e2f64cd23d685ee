/** Runs a command of `npm run`. A failure prints its message alone and sets the exit code to 1. */
export async function runCli(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } }
    const isRefused = cause?.code === 'ECONNREFUSED'
    process.stderr.write(
      `${isRefused ? 'The server is not running in local mode. Start it first, with npm start.' : message}\n`
    )
    process.exitCode = 1
  }
}
