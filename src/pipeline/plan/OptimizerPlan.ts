/** The `optimizer` part of a plan, and the optimizer that it stands for. */

import * as Schema from "effect/Schema"
import { AboveZero, Decay, Fraction, NonNegative } from "../internal/Numbers.ts"
import * as Optimizer from "../optim/Optimizer.ts"
import type { ParameterGroup } from "../optim/ParameterGroup.ts"
import { field, given, pattern, required } from "./PlanField.ts"

const betas = field(Schema.Tuple([Decay, Decay]), [0.9, 0.999], "Decay rates of the first and second moment.")
const lr = field(AboveZero, 1e-3, "Peak learning rate.")
const weightDecay = (value: number) =>
  field(NonNegative, value, "Weight decay; not applied to norms and biases.")

const groups = field(
  Schema.Array(
    Schema.Struct({
      match: required(pattern, "A regular expression that parameter names match, such as ^encoder\\."),
      lr_scale: field(NonNegative, 1, "Factor for the learning rate."),
      weight_decay: field(
        Schema.NullOr(NonNegative),
        null,
        "Weight decay, also of norms and biases; null: the optimizer's, which excludes them."
      ),
      trainable: field(
        Schema.Boolean,
        true,
        "false leaves the parameters as they are and computes no gradient of them; running statistics still move."
      )
    })
  ),
  [],
  "Parameters with their own learning rate or weight decay, or that stay as they are; the first group that matches counts."
)

export const OptimizerPlan = Schema.Union([
  Schema.Struct({
    kind: Schema.tag("adam"),
    lr,
    betas,
    eps: field(AboveZero, 1e-8, "Added to the denominator."),
    weight_decay: weightDecay(0),
    groups
  }),
  Schema.Struct({
    kind: Schema.tag("adamw"),
    lr,
    betas,
    eps: field(AboveZero, 1e-8, "Added to the denominator."),
    weight_decay: weightDecay(0.01),
    groups
  }),
  Schema.Struct({
    kind: Schema.tag("sgd"),
    lr,
    momentum: field(Decay, 0.9, "Fraction of the velocity that is kept."),
    dampening: field(Fraction, 0, "Fraction of the gradient that does not enter the velocity."),
    nesterov: field(Schema.Boolean, false, "Use Nesterov's momentum, which looks ahead along the velocity."),
    weight_decay: weightDecay(0),
    groups
  }),
  Schema.Struct({
    kind: Schema.tag("rmsprop"),
    lr,
    alpha: field(Decay, 0.99, "Smoothing of the squared gradient."),
    eps: field(AboveZero, 1e-8, "Added to the denominator."),
    momentum: field(Decay, 0, "Fraction of the velocity that is kept."),
    centered: field(Schema.Boolean, false, "Divide by the root of the variance instead of the mean square."),
    weight_decay: weightDecay(0),
    groups
  }),
  Schema.Struct({
    kind: Schema.tag("lion"),
    lr: field(AboveZero, 1e-4, "Peak learning rate."),
    betas: field(Schema.Tuple([Decay, Decay]), [0.9, 0.99], "Decay rates of update and momentum."),
    weight_decay: weightDecay(0),
    groups
  })
])
export type OptimizerPlan = typeof OptimizerPlan.Type

const adamOptions = (plan: Extract<OptimizerPlan, { kind: "adam" | "adamw" }>): Optimizer.AdamOptions => ({
  betas: plan.betas,
  epsilon: plan.eps,
  weightDecay: plan.weight_decay
})

export const optimizer = (plan: OptimizerPlan): Optimizer.Optimizer => {
  switch (plan.kind) {
    case "adam":
      return Optimizer.adam(adamOptions(plan))
    case "adamw":
      return Optimizer.adamW(adamOptions(plan))
    case "sgd":
      return Optimizer.sgd({ ...plan, weightDecay: plan.weight_decay })
    case "rmsprop":
      return Optimizer.rmsprop({ ...plan, epsilon: plan.eps, weightDecay: plan.weight_decay })
    case "lion":
      return Optimizer.lion({ betas: plan.betas, weightDecay: plan.weight_decay })
  }
}

export const parameterGroups = ({ groups }: OptimizerPlan): ReadonlyArray<ParameterGroup> =>
  groups.map(({ match, lr_scale, weight_decay, trainable }) => ({
    match,
    learningRateScale: lr_scale,
    weightDecay: given(weight_decay),
    trainable
  }))
