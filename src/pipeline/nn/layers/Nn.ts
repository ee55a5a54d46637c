/**
 * The layer library: nets as values, written as in PyTorch. A net is a tree of modules, whose parameters are called by
 * the keys of records; losses are in `anneal/Loss`.
 */
export * as Initial from "../Initial.ts"
export * from "../Module.ts"
export * from "../Net.ts"
export * as Pass from "../Pass.ts"
export * from "./Activation.ts"
export * from "./AdaptivePooling.ts"
export * from "./BatchNorm.ts"
export * from "./Convolution.ts"
export * from "./Dense.ts"
export * from "./Dropout.ts"
export * from "./Pooling.ts"
export * from "./Rearrange.ts"
export * from "./Residual.ts"
export * from "./SqueezeExcite.ts"
