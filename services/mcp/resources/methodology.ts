import { publicCacheHint } from '../primitives/request-context.ts'
import type { Resource } from '../primitives/resource.ts'

/** The resource `news:///method`: how the numbers are made. */
export const methodResource: Resource = {
  name: 'method',
  title: 'How the numbers are made',
  description: 'The formulas behind every number of this server, so that each can be checked by hand.',
  uri: 'news:///method',
  mimeType: 'text/markdown',
  read: async () => ({
    contents: [{ uri: 'news:///method', mimeType: 'text/markdown', text: method }],
    cache: publicCacheHint
  })
}

export const method = `# How the numbers are made

**Source.** Alpha Vantage's NEWS_SENTIMENT gives each article a score for each ticker that it lists
(\`ticker_sentiment_score\`, -1 to 1) and says how much the article is about it (\`relevance_score\`, 0 to 1). The
scores are Alpha Vantage's, made by a model of theirs; everything below is arithmetic on them. An article that does not
list the ticker is counted as unscored and plays no other part.

**Level.** S = Σ w·s / Σ w over the articles of the window that score the ticker, with w = relevance · 2^(-age / h). The
age counts from the window's end (\`as_of\`). The half-life h is 12 hours for windows up to 24 hours, 3 days up to 7
days, and 7 days beyond. With fewer than 3 articles the answer is \`insufficient_data\`, and the level null: never 0.

**Label.** Alpha Vantage's bands, for the level as it is printed: S ≤ -0.35 Bearish; up to -0.15 Somewhat-Bearish; between -0.15 and 0.15 Neutral; from
0.15 Somewhat-Bullish; from 0.35 Bullish. The bullish, neutral and bearish counts are of articles, by the same bands.

**Breadth.** (bullish - bearish) / (bullish + bearish) articles; null if there are neither.

**Certainty.** Effective articles n' = (Σ w)² / Σ w². Dispersion = the weighted standard deviation of the scores.
Standard error SE = dispersion / √n'. The band is S ± 1.96 · SE, within -1 to 1. It tells how well the articles agree,
not whether they are right; 1.96 presumes many articles, so it is too narrow for few, and where they copy each other: compare \`stories\` with \`articles\`, and
look at the share of the largest source.

**Comparison.** Two levels differ clearly if |S₁ - S₂| > 1.96 · √(SE₁² + SE₂²) and both have 3 stories or more. With many articles one pair in
twenty does so by chance, with few more: about one in eight with 5 on either side. Where one ticker's news is truncated, all are compared over the time that is covered for each.

**Trend.** S for each UTC day, or week from Monday, weighted by relevance alone. A day without news is null. Below 3
articles there is a level, and no band. The largest change is between neighbours that have news, of 3 articles or
more each if there are any such; each article of the later one has moved it by its share of the relevance · (its score - the level before), which adds up to the change. It is the largest of many, so that
it exceeds its uncertainty by chance more often than one would; its end may be a day that is not over.

**Contributions.** An article adds w·s / Σ w. Those of all articles, stories, sources or topics add up to the level. An
article of several topics is divided among them by their relevance.

**Stories.** Articles are copies of one story if they list the same tickers, were published within 2 hours of each
other, and share at least a quarter of their words (half, if they list one ticker only); each is compared with the 30 that came
after it. Copies are counted, not removed: each is an article in all of the above.

**The market.** Its bullish, neutral and bearish counts are of articles by their overall score, whoever they are about. Its
tickers are ranked by level alone. The evidence of a ticker, and the article that a comparison links to, is the one that
adds most to its level.

**Windows.** Both ends belong to a window. Alpha Vantage is asked for the last 24 hours, 7, 30 or 90 days, or for whole
UTC days of the past, and the answer is cut to the window that was asked for; where news after the window leaves too
little room for it, once more for the days up to its end. It gives 50 or 1000 articles at most, the newest;
if there may be more, the window is \`truncated\`, and \`covered_from\` says how far back it goes.

**As of.** With \`as_of\` nothing that was published later is looked at. The scores are those that Alpha Vantage gives
today; it does not say what it would have given then.

**Rounding.** Four decimals; texts have two, and as many more as tell a level's label.
`
