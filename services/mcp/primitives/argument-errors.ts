import { z } from 'zod'
import { findNearest, findSimilarName, isArgumentName } from './similar-names.ts'

const maxQuotedLength = 60
const maxListed = 3

/** What is wrong with a client's arguments: a line for each field, then the names of all arguments. */
export function formatArgumentErrors(
  { name, schema }: { name: string; schema: z.ZodObject },
  { issues }: z.ZodError,
  unknownKeys: readonly string[]
): string {
  const names = Object.keys(schema.shape)
  const lines = [
    ...explainUnknown(unknownKeys, names).map(
      ({ key, advice }) => `\`${key}\` is not an argument: ${advice}`
    ),
    ...Map.groupBy(issues, ({ path }) => path[0])
      .values()
      .map((ofField) => formatField(ofField, schema))
  ]
  const accepted = names.length > 0 ? names.map((one) => `\`${one}\``).join(', ') : 'no arguments'
  return `Invalid arguments for ${name}:\n\n${lines.map((line) => `- ${line}${/[.?]$/.test(line) ? '' : '.'}`).join('\n')}\n\nIt accepts ${accepted}.`
}

/** A line on the keys that a call ignored although they look like arguments; `undefined` if there are none. */
export function formatIgnored(unknownKeys: readonly string[], names: readonly string[]): string | undefined {
  const explained = explainUnknown(unknownKeys, names)
  if (explained.length === 0) return undefined
  return explained.map(({ key, advice }) => `Ignored \`${key}\`: ${advice}`).join(' ')
}

/** The keys that resemble one of `names`, or are arguments of another tool. All others come from hosts. */
function explainUnknown(unknownKeys: readonly string[], names: readonly string[]) {
  return unknownKeys
    .values()
    .take(100) // a body can hold thousands
    .flatMap((key) => {
      const similar = findSimilarName(key, names)
      if (similar !== undefined) return [{ key, advice: `did you mean \`${similar}\`?` }]
      return isArgumentName(key) ? [{ key, advice: 'only other tools have it.' }] : []
    })
    .take(maxListed)
    .toArray()
}

type Issue = z.core.$ZodIssue

/** One line on the issues of one field; items of a list with the same problem share its description. */
function formatField(issues: readonly Issue[], schema: z.ZodObject): string {
  const byPath = new Map(issues.map((issue) => [issue.path.join('.'), issue]))
  const shown = byPath.values().take(maxListed)
  const more = byPath.size > maxListed ? ` (and ${byPath.size - maxListed} more)` : ''
  const problems = Map.groupBy(shown, (issue) => formatExpected(issue, schema))
  return `${[...problems]
    .map(([expected, sharing]) => `${sharing.map(formatReceived).join(', ')}: ${expected}`)
    .join('; ')}${more}`
}

function formatReceived({ path, input }: Issue): string {
  const [name = 'arguments', index] = path
  const subject = `\`${String(name)}${index === undefined ? '' : `[${String(index)}]`}\``
  return input === undefined ? `${subject} is missing` : `${subject} is ${quote(input)}`
}

/** Quotes a client's value as code on one line. */
function quote(value: unknown): string {
  if (!Array.isArray(value)) return `\`${quoteOne(value)}\``
  const more = value.length > maxListed ? ', …' : ''
  return `\`[${value.slice(0, maxListed).map(quoteOne).join(', ')}${more}]\``
}

function quoteOne(value: unknown): string {
  if (Array.isArray(value)) return '[…]'
  if (typeof value === 'object' && value !== null) return '{…}'
  if (typeof value !== 'string') return String(value)
  const text = value.length > maxQuotedLength ? `${value.slice(0, maxQuotedLength)}…` : value
  return JSON.stringify(text).replace(
    /[`\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`
  )
}

/** What fits instead. Messages of zod are not for models, and repeat the client's text. */
function formatExpected(
  { code, message, path: [name, ...inside], input }: Issue,
  schema: z.ZodObject
): string {
  if (code === 'custom') return message
  const field = typeof name === 'string' ? schema.shape[name] : undefined
  if (!field) return 'must be an object'
  const { description, ...json } = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' }) as Shape
  const meaning = description && `${description[0]?.toLowerCase()}${description.slice(1)}`
  if (input === undefined && meaning) return meaning
  const { enum: choices, ...shape } = (inside.length > 0 && json.items) || json
  // That a number is no text does not say which text fits.
  const hint = json.type === 'string' && typeof input !== 'string' && meaning ? `: ${meaning}` : ''
  if (!choices) return `must be ${formatShape(shape)}${hint}`
  const nearest =
    typeof input === 'string' ? findNearest(input.slice(0, maxQuotedLength), choices) : undefined
  return `must be one of ${choices.join(', ')}${nearest ? `; did you mean \`${nearest}\`?` : ''}`
}

/** The keywords of JSON Schema that inputs use. */
interface Shape {
  type?: string
  description?: string
  enum?: string[]
  items?: Shape
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
}

function formatShape(shape: Shape): string {
  switch (shape.type) {
    case 'integer':
      return `a whole number${formatRange(shape.minimum, shape.maximum)}`
    case 'number':
      return `a number${formatRange(shape.minimum, shape.maximum)}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return `a list${formatRange(shape.minItems, shape.maxItems, ' values')}`
    case 'string':
      return `a text${formatRange(shape.minLength, shape.maxLength, ' characters')}`
    default:
      return 'an object'
  }
}

function formatRange(min: number | undefined, max: number | undefined, unit = ''): string {
  const hasMin = min !== undefined && min > Number.MIN_SAFE_INTEGER
  const hasMax = max !== undefined && max < Number.MAX_SAFE_INTEGER
  const preposition = unit ? ' of' : ' from'
  if (hasMin && hasMax) return `${preposition} ${min} to ${max}${unit}`
  if (hasMin) return ` of at least ${min}${unit}`
  return hasMax ? ` of at most ${max}${unit}` : ''
}
