import { z } from 'zod'
import { parseJson } from '../../lib/json.ts'

/** How else the values of an enumeration are spelled: finds the value that a text stands for. */
export const spellings = z.registry<{ find: (text: string) => string | undefined }>()

type Arguments = Record<string, unknown>

/** A client's arguments in the types of a schema. */
export interface ReadArguments {
  /** An object, or what the client sent instead of one. */
  values: unknown
  /** The keys that the schema does not have, apart from blank ones: `values` lacks them. */
  unknownKeys: string[]
}

/**
 * Reads a client's arguments before `schema` parses them, because models and bridges send numbers and lists as text, and
 * null or empty text for what they leave out. Each field is read as its own schema says, and only where nothing is lost.
 * A value that cannot be read stays as it is, so that the schema rejects it.
 */
export function readArguments(schema: z.ZodObject, raw: unknown): ReadArguments {
  const received = toObject(raw)
  if (!received) return { values: raw, unknownKeys: [] }
  const values: Arguments = {}
  const unknownKeys: string[] = []
  for (const [name, value] of Object.entries(received)) {
    const field = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined
    if (field) {
      if (!isAbsent(field, value)) values[name] = readValue(field, value)
    } else if (!isBlank(value)) unknownKeys.push(name)
  }
  return { values, unknownKeys }
}

/** An object, its JSON text, or what stands for no arguments: nothing, or PHP's empty array. */
function toObject(raw: unknown): Arguments | undefined {
  if (isBlank(raw) || (Array.isArray(raw) && raw.length === 0)) return {}
  const value = typeof raw === 'string' ? parseJson(raw) : raw
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Arguments)
    : undefined
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

/** A blank value is as good as none if its field is optional, or does not accept it. */
function isAbsent(field: z.core.$ZodType, value: unknown): boolean {
  return isBlank(value) && (accepts(field, undefined) || !accepts(field, value))
}

function accepts(schema: z.core.$ZodType, value: unknown): boolean {
  return z.safeParse(schema, value).success
}

function readValue(schema: z.core.$ZodType, value: unknown): unknown {
  const field = unwrap(schema)
  if (field instanceof z.ZodArray) return readList(field.element, value)
  if (typeof value !== 'string') return value
  if (field instanceof z.ZodNumber) return readNumber(value) ?? value
  if (field instanceof z.ZodBoolean) return readBoolean(value) ?? value
  if (field instanceof z.ZodEnum) return findChoice(field, value) ?? value
  return value
}

/** The schema of what clients send, without defaults and the like. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return unwrap(schema.unwrap())
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i

/** Returns `undefined` if `text` is no decimal number, or an integer that a double cannot hold. */
function readNumber(text: string): number | undefined {
  const number = decimal.test(text.trim()) ? Number(text) : Number.NaN
  const isExact = Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))
  return isExact ? number : undefined
}

function readBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  return word === 'true' || (word === 'false' ? false : undefined)
}

const maxChoiceLength = 100

/** Finds the value that `text` spells in another case, with other separators, or in one of the field's `spellings`. */
function findChoice(field: z.ZodEnum, text: string): string | undefined {
  if (text.length > maxChoiceLength) return undefined
  const options = field.options.map(String)
  if (options.includes(text)) return text
  for (const normalize of [normalizeCase, normalizeSeparators]) {
    const [found, ...others] = options.filter((option) => normalize(option) === normalize(text))
    if (found !== undefined) return others.length === 0 ? found : undefined
  }
  return spellings.get(field)?.find(text)
}

const normalizeCase = (text: string) => text.trim().toLowerCase()
const normalizeSeparators = (text: string) => normalizeCase(text).replace(/(?<=\w)[\s_-]+(?=\w)/g, '')

/** No field takes longer lists: the schema rejects them as they are. */
const maxItems = 1000

function readList(item: z.core.$ZodType, value: unknown): unknown {
  const received = Array.isArray(value) ? value : [value]
  const [only] = received
  // Bridges also wrap a text of several values in a list.
  const isText =
    received.length === 1 && typeof only === 'string' && !(Array.isArray(value) && accepts(item, only))
  const list = isText ? splitList(item, only) : received
  if (list.length > maxItems) return list
  return list.filter((one) => !isBlank(one) || accepts(item, one)).map((one) => readValue(item, one))
}

/** Splits a text that lists values as JSON, or with commas and perhaps brackets and quotes around them. */
function splitList(item: z.core.$ZodType, text: string): unknown[] {
  const json = parseJson(text)
  if (Array.isArray(json)) return json
  const trimmed = text.trim()
  const inner = trimmed.startsWith('[') && trimmed.endsWith(']') ? trimmed.slice(1, -1) : trimmed
  return joinChoices(unwrap(item), inner.split(','))
    .map((part) => part.trim().replace(/^(['"])(.*)\1$/s, '$2'))
    .filter((part) => part !== '')
}

/** The maximum number of parts of one choice: titles of topics have up to two commas. */
const maxParts = 4

/** Joins parts that are one choice together, because its spelling has commas. */
function joinChoices(item: z.core.$ZodType, parts: readonly string[]): readonly string[] {
  if (!(item instanceof z.ZodEnum) || parts.length > maxItems) return parts
  const joined: string[] = []
  for (let start = 0; start < parts.length; ) {
    let end = Math.min(start + maxParts, parts.length)
    while (end > start + 1 && findChoice(item, parts.slice(start, end).join(',')) === undefined) end -= 1
    joined.push(parts.slice(start, end).join(','))
    start = end
  }
  return joined
}
