/** Suggests values that continue `value`; `others` are the arguments that have been chosen already. */
export type Complete = (
  value: string,
  others: Record<string, string>
) => readonly string[] | Promise<readonly string[]>

/** MCP 2025-11-25, Completion: no answer holds more. */
const maxValues = 100

/** The result of `completion/complete`. */
export async function completeArgument(
  complete: Complete | undefined,
  value: string,
  others: Record<string, string>
) {
  const values = complete ? await complete(value, others) : []
  return {
    completion: {
      values: values.slice(0, maxValues),
      total: values.length,
      hasMore: values.length > maxValues
    }
  }
}
