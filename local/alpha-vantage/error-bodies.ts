/** Alpha Vantage's error bodies, all sent with status 200. `{key}` stands for the key in the request. */
export const errorResponses = {
  dailyLimit: {
    Information:
      'We have detected your API key as {key} and our standard API rate limit is 25 requests per day. Please subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to instantly remove all daily rate limits.'
  },
  dailyLimitAsNote: {
    Note: 'We have detected your API key as {key} and our standard API rate limit is 25 requests per day. Please subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to instantly remove all daily rate limits.'
  },
  burst: {
    Information:
      'Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly (1 request per second). You may subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to lift the free key rate limit (25 requests per day), raise the per-second burst limit, and instantly unlock all premium endpoints'
  },
  minuteLimit: {
    Note: 'Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute and 500 calls per day. Please visit https://www.alphavantage.co/premium/ if you would like to target a higher API call frequency.'
  },
  minuteLimitAsRequests: {
    Information:
      'Thank you for using Alpha Vantage! Our standard API rate limit is 5 requests per minute and 25 requests per day. Please visit https://www.alphavantage.co/premium/ if you would like to target a higher API call frequency.'
  },
  callVolume: {
    Note: 'Thank you for using Alpha Vantage! Please visit https://www.alphavantage.co/premium/ if you would like to have a higher API call volume.'
  },
  callFrequency: {
    Information: 'Please consider optimizing your API call frequency.'
  },
  dailyLimitAsCalls: {
    Note: 'Thank you for using Alpha Vantage! Our standard API call frequency is 25 calls per day. Please visit https://www.alphavantage.co/premium/ if you would like to target a higher API call frequency.'
  },
  dailyLimitOfFreeKey: {
    Information:
      'You have reached the 100 requests/day limit for your free API key. Please subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to instantly remove all daily rate limits.'
  },
  premiumMinuteLimit: {
    Information:
      'Minute-level rate limit exceed. Please stay under the number of API requests per minute for your premium subscription plan.'
  },
  premiumBurst: {
    Information:
      'Burst pattern detected. Please consider spreading out your API requests more evenly across a 1-minute window and query no more than 30 requests per second.'
  },
  invalidInputs: {
    Information:
      'Invalid inputs. Please refer to the API documentation https://www.alphavantage.co/documentation#newsapi and try again.'
  },
  noArticles: {
    Information:
      'No articles found. Please adjust the time range or refer to the API documentation https://www.alphavantage.co/documentation#newsapi and try again.'
  },
  invalidKey: {
    'Error Message':
      'the parameter apikey is invalid or missing. Please claim your free API key on (https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds.'
  },
  invalidKeyAsInformation: {
    Information:
      'Your API key is invalid or missing. Please claim your free API key on (https://www.alphavantage.co/support/#api-key).'
  },
  premiumEndpointWithWays: {
    Information:
      'Thank you for using Alpha Vantage! This is a premium endpoint and there are multiple ways to unlock premium endpoints: (1) become a holder of Alpha Vantage Coin, (2) subscribe to any of the premium plans at https://www.alphavantage.co/premium/.'
  },
  premiumEndpoint: {
    Information:
      'Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to instantly unlock all premium endpoints'
  },
  demoKey: {
    Information:
      'The **demo** API key is for demo purposes only. Please claim your free API key at (https://www.alphavantage.co/support/#api-key) to explore our full API offerings. It takes fewer than 20 seconds.'
  },
  invalidCall: {
    'Error Message':
      'Invalid API call. Please retry or visit the documentation (https://www.alphavantage.co/documentation/) for NEWS_SENTIMENT.'
  }
} as const
