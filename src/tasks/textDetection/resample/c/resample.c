/*
 * The two passes of resampling, as data/Resample.ts describes them, in 128-bit SIMD. All arithmetic is on whole numbers,
 * so that the result has the same bits everywhere. Pixels have 3 channels; a fourth lane is computed and overwritten.
 */
#include <wasm_simd128.h>

typedef unsigned char u8;
typedef unsigned short u16;

#define EXPORT(name) __attribute__((export_name(#name))) void name
#define INLINE static inline __attribute__((always_inline))

enum { PHASE_BITS = 6, PHASES = 1 << PHASE_BITS, WEIGHT_BITS = 14, MIDDLE_BITS = 8 };
enum { SHIFT = WEIGHT_BITS + MIDDLE_BITS };

/* Positions along a line, in phases with 32 bits after the point: adding is faster than rounding a product. */
typedef long long Position;
INLINE Position fixed(double phases) { return (Position)(phases * 4294967296.0); }
INLINE int whole(Position position) { return (int)(position >> 32); }

/* The sum of `pairs` * 2 pixels by their weights, as four 32-bit numbers. */
INLINE v128_t weigh(const u8 *from, const short *weights, int pairs) {
  v128_t sum = wasm_i32x4_splat(0);
  for (int t = 0; t < pairs; t++, from += 6, weights += 2) {
    const v128_t bytes = wasm_v128_load64_zero(from);
    const v128_t two = wasm_i8x16_shuffle(bytes, wasm_i32x4_splat(0),
      0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16);
    sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(two, wasm_v128_load32_splat(weights)));
  }
  return sum;
}

INLINE void row(const u8 *line, Position at, Position forward, const short *weights, int pairs, u16 *into, int count) {
  for (int x = 0; x < count; x++, into += 3, at += forward) {
    const int position = whole(at);
    const short *own = weights + (position & (PHASES - 1)) * pairs * 2;
    const v128_t sum = weigh(line + (position >> PHASE_BITS) * 3, own, pairs);
    const v128_t value = wasm_u32x4_shr(sum, WEIGHT_BITS - MIDDLE_BITS);
    wasm_v128_store64_lane(into, wasm_u16x8_narrow_i32x4(value, value), 0);
  }
}

/* One row of the first pass. The taps of output x begin at `origin + x * forward`, in phases; they come in pairs. */
EXPORT(first_pass)(const u8 *line, double origin, double forward, const short *weights, int pairs, u16 *into, int count) {
  const Position at = fixed(origin);
  const Position step = fixed(forward);
  if (pairs == 1) row(line, at, step, weights, 1, into, count);
  else if (pairs == 2) row(line, at, step, weights, 2, into, count);
  else row(line, at, step, weights, pairs, into, count);
}

INLINE v128_t tap(const u16 *from, const u16 *weight) {
  return wasm_u32x4_extmul_low_u16x8(wasm_v128_load64_zero(from), wasm_v128_load16_splat(weight));
}

INLINE void toned(u8 *to, const u8 *tones, v128_t sum) {
  const v128_t value = wasm_u32x4_shr(sum, SHIFT);
  to[0] = tones[wasm_i32x4_extract_lane(value, 0)];
  to[1] = tones[256 + wasm_i32x4_extract_lane(value, 1)];
  to[2] = tones[512 + wasm_i32x4_extract_lane(value, 2)];
}

/* Pixels of one row, each from a column of the middle at a height of its own, in phases: `begin + x * slope`. */
EXPORT(second_pass)(const u16 *values, int stride, double begin, double slope, const u16 *weights, int taps, const u8 *tones,
                    u8 *to, int from, int until) {
  const Position step = fixed(slope);
  Position height = fixed(begin) + step * from;
  for (int x = from; x < until; x++, height += step) {
    const int position = whole(height);
    const u16 *own = weights + (position & (PHASES - 1)) * taps;
    const u16 *at = values + (position >> PHASE_BITS) * stride + x * 3;
    v128_t sum = wasm_i32x4_splat(1 << (SHIFT - 1));
    for (int t = 0; t < taps; t++, at += stride) sum = wasm_i32x4_add(sum, tap(at, own + t));
    toned(to + x * 3, tones, sum);
  }
}

/* 8 values of a row whose taps are all of one height. */
INLINE void level(const u16 *at, int stride, const u16 *own, int taps, u8 *to) {
  v128_t low = wasm_i32x4_splat(1 << (SHIFT - 1));
  v128_t high = low;
  for (int t = 0; t < taps; t++) {
    const v128_t weight = wasm_v128_load16_splat(own + t);
    const v128_t value = wasm_v128_load(at + t * stride);
    low = wasm_i32x4_add(low, wasm_u32x4_extmul_low_u16x8(value, weight));
    high = wasm_i32x4_add(high, wasm_u32x4_extmul_high_u16x8(value, weight));
  }
  const v128_t words = wasm_u16x8_narrow_i32x4(wasm_u32x4_shr(low, SHIFT), wasm_u32x4_shr(high, SHIFT));
  wasm_v128_store64_lane(to, wasm_u8x16_narrow_i16x8(words, words), 0);
}

/* As above without slope and tones, for at least 3 pixels; the last 8 values overlap those before. */
EXPORT(second_pass_level)(const u16 *values, int stride, int position, const u16 *weights, int taps, u8 *to, int from, int until) {
  const u16 *own = weights + (position & (PHASES - 1)) * taps;
  const u16 *at = values + (position >> PHASE_BITS) * stride;
  const int last = until * 3 - 8;
  for (int i = from * 3; i < last; i += 8) level(at + i, stride, own, taps, to + i);
  level(at + last, stride, own, taps, to + last);
}
