import { html } from 'ghtml'

/** The JSON Schema keywords that the schemas of the catalog use. */
export interface FieldsSchema {
  type?: string | string[]
  description?: string
  default?: unknown
  const?: unknown
  enum?: string[]
  format?: string
  minimum?: number
  maximum?: number
  properties?: Record<string, FieldsSchema>
  required?: string[]
  items?: FieldsSchema
  anyOf?: FieldsSchema[]
}

/** Renders the fields of an object schema. Marks inputs that are required, and outputs that may be absent. */
export function renderFields(
  { properties = {}, required = [] }: FieldsSchema,
  kind: 'input' | 'output'
): string {
  const fields = Object.entries(properties).map(([name, schema]) =>
    renderField(name, schema, { kind, isRequired: required.includes(name) })
  )
  return html`<dl class="fields">
!${fields}</dl>
`
}

function renderField(
  name: string,
  schema: FieldsSchema,
  { kind, isRequired }: { kind: 'input' | 'output'; isRequired: boolean }
): string {
  const { description, default: fallback } = schema
  const facts = [formatType(schema)]
  if (kind === 'input' && isRequired) facts.push('required')
  if (kind === 'input' && !isRequired && !isEmpty(fallback))
    facts.push(`${JSON.stringify(fallback)} if left out`)
  if (kind === 'output' && !isRequired) facts.push('may be absent')
  const { properties, items } = nonNullable(schema)
  const inner = properties ? nonNullable(schema) : items?.properties ? items : undefined
  const choices = listChoices(schema).map((choice) => html`<code>${choice}</code> `)

  return html`<div><dt><code>${name}</code></dt><dd><span class="type">${facts.join(', ')}</span> ${description}!${
    choices.length > 0 ? html`<span class="choices">!${choices}</span>` : ''
  }!${
    inner
      ? html`<details><summary>Fields of <code>${name}</code></summary>!${renderFields(inner, kind)}</details>`
      : ''
  }</dd></div>
`
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}

/** Formats a type, for example `number from -1 to 1, or null`. */
function formatType(schema: FieldsSchema): string {
  const { anyOf, const: only, items, format, type = 'anything', minimum, maximum } = schema
  if (anyOf) return anyOf.map(formatType).join(', or ')
  if (only !== undefined) return `always ${JSON.stringify(only)}`
  if (items) return `list of ${formatType(items)}s`
  const isBounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  const name = (format && formats[format]) ?? [type].flat().join(', or ')
  return isBounded ? `${name} from ${minimum} to ${maximum}` : name
}

const formats: Record<string, string> = { 'date-time': 'time', date: 'date', uri: 'URL' }

function listChoices(schema: FieldsSchema): string[] {
  return schema.enum ?? schema.items?.enum ?? schema.anyOf?.flatMap(listChoices) ?? []
}

/** The schema without its null alternative. */
function nonNullable(schema: FieldsSchema): FieldsSchema {
  return schema.anyOf?.find(({ type }) => type !== 'null') ?? schema
}
