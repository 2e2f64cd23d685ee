/** Hints on how to use content (MCP 2025-11-25, Annotations). */
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

/** One item of a tool's result or a prompt (MCP 2025-11-25, Tools, Tool Result). */
export type ContentBlock = { annotations?: ContentAnnotations } & (
  | { type: 'text'; text: string }
  | { type: 'image' | 'audio'; data: string; mimeType: string }
  | { type: 'resource'; resource: ResourceContents }
  | {
      type: 'resource_link'
      uri: string
      name: string
      title?: string
      description?: string
      mimeType?: string
    }
)
