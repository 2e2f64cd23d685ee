import { z } from 'zod'
import { findTopic, topics } from '../../alpha-vantage/topics.ts'
import { spellings } from '../primitives/read-arguments.ts'

/** A topic as its slug. Arguments may also have its title. */
export const topicSchema = z.enum(topics).register(spellings, { find: findTopic })
