/** Affine maps of the plane, which all tasks share, where this one looks for them. */
export * from "../../../pipeline/transform/Affine.ts"
