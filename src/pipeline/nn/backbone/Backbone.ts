/**
 * Nets that see, as modules with torchvision's names, sizes and first values, so that its weights load: from pictures to
 * logits, or, as `features`, to what a detector begins with.
 *
 * @example
 * const net = Nn.model("birds", Backbone.resnet18({ classes: 200 }))
 */
export { type MobilenetV3Options, mobilenetV3Large, mobilenetV3Small } from "./MobilenetV3.ts"
export type { Backbone, BackboneOptions, Features } from "./Parts.ts"
export { type ResnetOptions, resnet18, resnet34, resnet50 } from "./Resnet.ts"
export { type VitOptions, vit, vitBase, vitTiny } from "./Vit.ts"
