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

/* Rows of the view, each `line_bytes` long, to rows of the middle: 8 bits after the point. */
typedef struct {
  double forward; /* phases from an output to the next */
  const u8 *lines;
  const double *origins; /* of each row: where its first output's taps begin, phases */
  const short *weights; /* [phases, pairs * 2] */
  u16 *middle;
  int line_bytes, pairs, rows, columns;
} FirstPass;

EXPORT(first_pass)(const FirstPass *p) {
  const Position step = fixed(p->forward);
  const short *weights = p->weights;
  for (int i = 0; i < p->rows; i++) {
    const u8 *line = p->lines + i * p->line_bytes;
    const Position at = fixed(p->origins[i]);
    u16 *into = p->middle + i * p->columns * 3;
    if (p->pairs == 1) row(line, at, step, weights, 1, into, p->columns);
    else if (p->pairs == 2) row(line, at, step, weights, 2, into, p->columns);
    else row(line, at, step, weights, p->pairs, into, p->columns);
  }
}

INLINE v128_t tap(const u16 *from, const u16 *weight) {
  return wasm_u32x4_extmul_low_u16x8(wasm_v128_load64_zero(from), wasm_v128_load16_splat(weight));
}

INLINE void toned(u8 *to, const u8 *tones, v128_t sum) {
  const v128_t value = wasm_u32x4_shr(sum, SHIFT);
  const int red = wasm_i32x4_extract_lane(value, 0);
  const int green = wasm_i32x4_extract_lane(value, 1);
  const int blue = wasm_i32x4_extract_lane(value, 2);
  to[0] = tones ? tones[red] : red;
  to[1] = tones ? tones[256 + green] : green;
  to[2] = tones ? tones[512 + blue] : blue;
}

/* Rows of the middle to rows of the output, of each the pixels `from` to `until`, each from a column of its own. */
typedef struct {
  double slope; /* phases from the taps of an output to those of the next in its row */
  const u16 *middle;
  const double *begins; /* of each row: where the taps of its first output begin, phases */
  const int *runs; /* of each row: from, until */
  const u16 *weights; /* [phases, taps] */
  const u8 *tones; /* [3, 256], or none */
  u8 *output;
  int taps, rows, columns;
} SecondPass;

INLINE void slanted(const SecondPass *p, int y, int from, int until) {
  const int stride = p->columns * 3;
  const Position step = fixed(p->slope);
  Position height = fixed(p->begins[y]) + step * from;
  u8 *to = p->output + y * stride;
  for (int x = from; x < until; x++, height += step) {
    const int position = whole(height);
    const u16 *own = p->weights + (position & (PHASES - 1)) * p->taps;
    const u16 *at = p->middle + (position >> PHASE_BITS) * stride + x * 3;
    v128_t sum = wasm_i32x4_splat(1 << (SHIFT - 1));
    for (int t = 0; t < p->taps; t++, at += stride) sum = wasm_i32x4_add(sum, tap(at, own + t));
    toned(to + x * 3, p->tones, sum);
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

/* A row of at least 3 pixels without tones; the last 8 values overlap those before. */
INLINE void levelled(const SecondPass *p, int y, int from, int until) {
  const int stride = p->columns * 3;
  const int position = whole(fixed(p->begins[y]));
  const u16 *own = p->weights + (position & (PHASES - 1)) * p->taps;
  const u16 *at = p->middle + (position >> PHASE_BITS) * stride;
  u8 *to = p->output + y * stride;
  const int last = until * 3 - 8;
  for (int i = from * 3; i < last; i += 8) level(at + i, stride, own, p->taps, to + i);
  level(at + last, stride, own, p->taps, to + last);
}

EXPORT(second_pass)(const SecondPass *p) {
  for (int y = 0; y < p->rows; y++) {
    const int from = p->runs[2 * y];
    const int until = p->runs[2 * y + 1];
    if (p->slope == 0 && !p->tones && until - from >= 3) levelled(p, y, from, until);
    else slanted(p, y, from, until);
  }
}
