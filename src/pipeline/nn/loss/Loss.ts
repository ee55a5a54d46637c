/**
 * Losses: what is made of predictions and targets is a number to make small. All compute in float32, take logits where
 * there is a choice, are finite with finite gradients for logits of ±1e4, and agree with PyTorch's functions of the
 * same kind. Classes are the last axis. Operands that do not fit throw, which fails the step with a `DeviceError`.
 */
export { type BinaryCrossEntropyOptions, binaryCrossEntropy, type FocalOptions, focal } from "./Binary.ts"
export type { LabelOptions, Labels } from "./ClassLabels.ts"
export { type CrossEntropyOptions, crossEntropy } from "./CrossEntropy.ts"
export { type CtcOptions, type CtcTarget, ctc } from "./Ctc.ts"
export { type DiceOptions, dice } from "./Dice.ts"
export { type KlDivergenceOptions, klDivergence } from "./Divergence.ts"
export type { ElementOptions, Reduced, Reduction, ReductionOptions } from "./Reduction.ts"
export { type HuberOptions, huber, l1, mse, type SmoothL1Options, smoothL1 } from "./Regression.ts"
export { type CosineOptions, cosine, type InfoNceOptions, infoNce } from "./Similarity.ts"
