/** The keys of `model.weights` as they are where nothing is said: the model begins with its own first values. */
export const noWeights = { path: null, names: "auto", prefix: "", into: "", mismatch: "refuse" } as const
