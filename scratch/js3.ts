import { TrainPlan } from "../src/runs/Plans.ts"
const p: any = (TrainPlan.ast as any).propertySignatures.find((x: any) => x.name === "trainer").type
console.log(p._tag, p.encoding?.map((l: any) => l.to._tag), p.encoding?.length)
const q = p.propertySignatures?.find((x: any) => x.name === "max_epochs")?.type
console.log(q?._tag, q?.context?.annotations, q?.encoding?.length)
const r = p.encoding?.at(-1).to.propertySignatures?.find((x: any) => x.name === "max_epochs")?.type
console.log(r?._tag, r?.context?.annotations, r?.encoding?.length)
const o: any = (TrainPlan.ast as any).propertySignatures.find((x: any) => x.name === "optimizer").type
console.log(o._tag, o.encoding?.length, o.encoding?.at(-1).to._tag, o.encoding?.at(-1).to.types?.[0].propertySignatures[1].type.context?.annotations)
