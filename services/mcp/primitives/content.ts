/** Hints on how to use a resource (MCP 2025-11-25, Annotations). */
export interface ContentAnnotations {
  audience?: ('user' | 'assistant')[]
  /** 0 to 1. */
  priority?: number
  /** ISO 8601. */
  lastModified?: string
}

/** The contents of a resource: text, or bytes in Base64. */
export type ResourceContents = { uri: string; mimeType: string; _meta?: Record<string, unknown> } & (
  | { text: string }
  | { blob: string }
)

/**
 * One item of a tool's result or a prompt (MCP 2025-11-25, Tools, Tool Result). There is no `resource_link`: clients
 * with an SDK before 1.13 reject a result that contains one.
 */
export type ContentBlock =
  | { type: 'text'; text: string }
  | { type: 'image' | 'audio'; data: string; mimeType: string }
  | { type: 'resource'; resource: ResourceContents }
