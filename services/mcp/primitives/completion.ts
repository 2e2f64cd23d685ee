/** Suggests values that continue `value`; `others` holds the arguments that the client has already. */
export type Complete = (
  value: string,
  others: Record<string, string>
) => readonly string[] | Promise<readonly string[]>

/** The maximum of MCP 2025-11-25, Completion. */
const maxValues = 100

/** Returns the result of `completion/complete`; without `complete` it is empty. */
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
