import { integerSetting, limitSetting, optionalIntegerSetting } from '../setting-types.ts'

/** Bounds on requests, connections, subscriptions and load. */
export const limitsSettings = {
  RATE_LIMIT_PER_MINUTE: limitSetting(120, 'The number of requests per minute for one subject.'),
  RATE_LIMIT_ADDRESS_PER_MINUTE: limitSetting(
    600,
    'The number of requests per minute at /mcp for one address, with or without a valid token.'
  ),
  RATE_LIMIT_FAILURES_PER_MINUTE: limitSetting(
    30,
    'The number of invalid tokens per minute for one address. Above it, the address can use only tokens that are cached as verified.'
  ),
  REQUEST_TIMEOUT_MS: integerSetting(
    30_000,
    100,
    600_000,
    'How long a request may take to arrive, headers and body, in milliseconds.'
  ),
  BODY_LIMIT_BYTES: integerSetting(
    131_072,
    1024,
    16_777_216,
    'The maximum size of a request body, in bytes.'
  ),
  SSE_KEEP_ALIVE_MS: integerSetting(
    15_000,
    10,
    600_000,
    'The interval between comments on an open stream, in milliseconds. They keep proxies from closing it.'
  ),
  SUBSCRIPTIONS_PER_SUBJECT: integerSetting(
    10,
    1,
    1024,
    'The maximum number of open subscriptions (subscriptions/listen) for one subject.'
  ),
  SUBSCRIPTION_MAX_MS: integerSetting(
    3_600_000,
    100,
    86_400_000,
    'How long a subscription stays open, in milliseconds. It closes earlier when its token expires.'
  ),
  SUBSCRIPTIONS: limitSetting(1000, 'The maximum number of open subscriptions for all subjects together.'),
  MAX_CONNECTIONS: integerSetting(
    10_000,
    1,
    1_000_000,
    'The maximum number of open connections. Further connections are not accepted.'
  ),
  CONNECTION_IDLE_MS: integerSetting(
    120_000,
    100,
    3_600_000,
    'How long a connection may stay idle, in milliseconds: no request arrives, or the client does not read the response. It must be more than SSE_KEEP_ALIVE_MS.'
  ),
  OVERLOAD_EVENT_LOOP_DELAY_MS: limitSetting(
    1000,
    'The mean event-loop delay from which the server rejects requests, in milliseconds.'
  ),
  OVERLOAD_HEAP_BYTES: optionalIntegerSetting(
    0,
    1_099_511_627_776,
    "The heap use from which the server rejects requests, in bytes. When absent: three quarters of V8's limit. 0 means no limit.",
    400_000_000
  )
}
