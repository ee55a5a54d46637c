/** Metrics fold what evaluation saw into named numbers: those off the shelf, and what one's own are made of. */
export * from "./ClassificationMetric.ts"
export * from "./MetricFold.ts"
export * from "./RankingMetric.ts"
export * from "./RegressionMetric.ts"
