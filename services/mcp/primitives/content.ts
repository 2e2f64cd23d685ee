/** Whom a piece of content is for, and how much it matters: 0 to 1 (MCP 2025-11-25, Annotations). */
export interface ContentAnnotations {
  audience?: ('user' | 'assistant')[]
  priority?: number
  /** ISO 8601. */
  lastModified?: string
}

/** What a resource holds: text, or bytes in Base64. */
export type ResourceContents = { uri: string; mimeType: string; _meta?: Record<string, unknown> } & (
  | { text: string }
  | { blob: string }
)

/** A piece of an answer, for people or models (MCP 2025-11-25, Tools, Tool Result). */
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
