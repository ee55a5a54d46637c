/* What all kernels of the pack share. No kernel may have static data: the memory belongs to another module. */
#pragma once
#include <wasm_simd128.h>

typedef v128_t v4; /* four float32 */
typedef float f32;

#define EXPORT(name) __attribute__((export_name(#name))) void name
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

/* One instruction where the processor has one; the same processor always gives the same bits. */
INLINE v4 madd(v4 a, v4 b, v4 sum) { return wasm_f32x4_relaxed_madd(a, b, sum); }
INLINE v4 zero4(void) { return wasm_f32x4_splat(0.0f); }
INLINE v4 load4(const f32 *from) { return wasm_v128_load(from); }
INLINE v4 splat_at(const f32 *from) { return wasm_v128_load32_splat(from); }
INLINE void store4(f32 *to, v4 value) { wasm_v128_store(to, value); }
/* NaN stays NaN, so that a run that diverges is noticed. */
INLINE v4 relu4(v4 value) { return wasm_f32x4_pmax(value, zero4()); }
INLINE int least(int a, int b) { return a < b ? a : b; }
INLINE int most(int a, int b) { return a > b ? a : b; }

/* Stores the first `count` lanes, 1 to 4. */
INLINE void store_some(f32 *to, v4 value, int count) {
  if (count >= 4) { store4(to, value); return; }
  to[0] = wasm_f32x4_extract_lane(value, 0);
  if (count > 1) to[1] = wasm_f32x4_extract_lane(value, 1);
  if (count > 2) to[2] = wasm_f32x4_extract_lane(value, 2);
}

/* Loads the first `count` lanes, 1 to 4; the others are 0. */
INLINE v4 load_some(const f32 *from, int count) {
  if (count >= 4) return load4(from);
  v4 value = wasm_v128_load32_zero(from);
  if (count > 1) value = wasm_v128_load32_lane(from + 1, value, 1);
  if (count > 2) value = wasm_v128_load32_lane(from + 2, value, 2);
  return value;
}
