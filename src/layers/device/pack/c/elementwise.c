/* Sums, products, activations and their gradients, element by element, in one pass over memory each. */
#include "common.h"

/* The order of `kinds` in Elementwise.ts. */
enum { ADD, SUBTRACT, MULTIPLY, RELU, RELU_GRADIENT, SIGMOID_GRADIENT, EXP, TANH, ERF };

typedef struct {
  const f32 *a, *b; /* b is not read where one operand is enough */
  f32 *to;
  int kind;
  int begin, end; /* this thread's elements */
} Elementwise;

/* 2^n for whole n from -126 to 127. */
INLINE v4 power4(v4 n) {
  return wasm_i32x4_shl(wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(n), wasm_i32x4_splat(127)), 23);
}

/*
 * e^x = 2^n e^r with a whole n and |r| at most ln 2 / 2, e^r by its series, whose rest is below 6e-9 of it. ln 2 is taken
 * off in two parts, of which the first has few digits, so that its product with n is exact. 2^n is two factors, since
 * neither 2^128 nor 2^-149 is a float of full precision. Limits beyond which the result is infinite or 0 keep NaN.
 */
INLINE v4 exp4(v4 x) {
  const v4 inside = wasm_f32x4_max(wasm_f32x4_min(x, wasm_f32x4_splat(90.0f)), wasm_f32x4_splat(-105.0f));
  const v4 n = wasm_f32x4_nearest(wasm_f32x4_mul(inside, wasm_f32x4_splat(1.44269504f)));
  const v4 part = wasm_f32x4_sub(inside, wasm_f32x4_mul(n, wasm_f32x4_splat(0.693359375f)));
  const v4 r = wasm_f32x4_add(part, wasm_f32x4_mul(n, wasm_f32x4_splat(2.12194440e-4f)));
  v4 sum = wasm_f32x4_splat(1.0f / 5040);
  sum = madd(sum, r, wasm_f32x4_splat(1.0f / 720));
  sum = madd(sum, r, wasm_f32x4_splat(1.0f / 120));
  sum = madd(sum, r, wasm_f32x4_splat(1.0f / 24));
  sum = madd(sum, r, wasm_f32x4_splat(1.0f / 6));
  sum = madd(sum, r, wasm_f32x4_splat(0.5f));
  sum = madd(sum, r, wasm_f32x4_splat(1.0f));
  sum = madd(sum, r, wasm_f32x4_splat(1.0f));
  const v4 half = wasm_f32x4_floor(wasm_f32x4_mul(n, wasm_f32x4_splat(0.5f)));
  return wasm_f32x4_mul(wasm_f32x4_mul(sum, power4(half)), power4(wasm_f32x4_sub(n, half)));
}

INLINE v4 with_sign_of(v4 size, v4 x) { return wasm_v128_bitselect(x, size, wasm_f32x4_splat(-0.0f)); }

/*
 * Below 0.625 x + x^3 p(x^2), where p meets (tanh x - x) / x^3 at the Chebyshev nodes, to 6e-10 of it; above
 * 1 - 2 / (e^2x + 1), in which nothing cancels there.
 */
INLINE v4 tanh4(v4 x) {
  const v4 one = wasm_f32x4_splat(1.0f), size = wasm_f32x4_abs(x), z = wasm_f32x4_mul(x, x);
  v4 p = wasm_f32x4_splat(2.292744780e-3f);
  p = madd(p, z, wasm_f32x4_splat(-8.343945475e-3f));
  p = madd(p, z, wasm_f32x4_splat(2.176891863e-2f));
  p = madd(p, z, wasm_f32x4_splat(-5.395925957e-2f));
  p = madd(p, z, wasm_f32x4_splat(1.333330356e-1f));
  p = madd(p, z, wasm_f32x4_splat(-3.333333317e-1f));
  const v4 near = madd(wasm_f32x4_mul(x, z), p, x);
  const v4 grown = wasm_f32x4_add(exp4(wasm_f32x4_add(size, size)), one);
  const v4 far = wasm_f32x4_sub(one, wasm_f32x4_div(wasm_f32x4_splat(2.0f), grown));
  return with_sign_of(wasm_v128_bitselect(near, far, wasm_f32x4_lt(size, wasm_f32x4_splat(0.625f))), x);
}

/* Abramowitz and Stegun (1964), 7.1.26, as all engines have it: to 1.5e-7. */
INLINE v4 erf4(v4 x) {
  const v4 one = wasm_f32x4_splat(1.0f), size = wasm_f32x4_abs(x);
  const v4 t = wasm_f32x4_div(one, madd(size, wasm_f32x4_splat(0.3275911f), one));
  v4 p = wasm_f32x4_splat(1.061405429f);
  p = madd(p, t, wasm_f32x4_splat(-1.453152027f));
  p = madd(p, t, wasm_f32x4_splat(1.421413741f));
  p = madd(p, t, wasm_f32x4_splat(-0.284496736f));
  p = madd(p, t, wasm_f32x4_splat(0.254829592f));
  const v4 tail = wasm_f32x4_mul(wasm_f32x4_mul(p, t), exp4(wasm_f32x4_neg(wasm_f32x4_mul(size, size))));
  return with_sign_of(wasm_f32x4_sub(one, tail), x);
}

INLINE v4 result(const int kind, v4 a, v4 b) {
  switch (kind) {
    case ADD: return wasm_f32x4_add(a, b);
    case SUBTRACT: return wasm_f32x4_sub(a, b);
    case MULTIPLY: return wasm_f32x4_mul(a, b);
    case RELU: return relu4(a);
    /* dy, y: y > 0 ? dy : 0 */
    case RELU_GRADIENT: return wasm_v128_and(a, wasm_f32x4_gt(b, zero4()));
    case EXP: return exp4(a);
    case TANH: return tanh4(a);
    case ERF: return erf4(a);
    /* dy, y: dy y (1 - y) */
    default: return wasm_f32x4_mul(a, wasm_f32x4_mul(b, wasm_f32x4_sub(wasm_f32x4_splat(1), b)));
  }
}

INLINE void each(const int kind, const Elementwise *e) {
  const int one = kind == RELU || kind >= EXP;
  int i = e->begin;
  for (; i + 4 <= e->end; i += 4) {
    const v4 a = load4(e->a + i);
    store4(e->to + i, result(kind, a, one ? a : load4(e->b + i)));
  }
  if (i < e->end) {
    const int lanes = e->end - i;
    const v4 a = load_some(e->a + i, lanes);
    store_some(e->to + i, result(kind, a, one ? a : load_some(e->b + i, lanes)), lanes);
  }
}

EXPORT(elementwise)(const Elementwise *e) {
  switch (e->kind) {
    case ADD: each(ADD, e); break;
    case SUBTRACT: each(SUBTRACT, e); break;
    case MULTIPLY: each(MULTIPLY, e); break;
    case RELU: each(RELU, e); break;
    case RELU_GRADIENT: each(RELU_GRADIENT, e); break;
    case EXP: each(EXP, e); break;
    case TANH: each(TANH, e); break;
    case ERF: each(ERF, e); break;
    default: each(SIGMOID_GRADIENT, e); break;
  }
}

typedef struct {
  const f32 *x;
  const int *lengths, *repeats; /* of each axis */
  int rank;
} Tile;

/* Repeats everything from `axis` on; gives back where the next block goes. */
static f32 *tile_axis(const Tile *t, int axis, const f32 **x, f32 *to) {
  f32 *const begin = to;
  const int length = t->lengths[axis];
  if (axis == t->rank - 1) {
    __builtin_memcpy(to, *x, length * sizeof(f32));
    *x += length;
    to += length;
  } else {
    for (int i = 0; i < length; i++) to = tile_axis(t, axis + 1, x, to);
  }
  const int block = to - begin;
  if (block == 1) {
    for (int i = 1; i < t->repeats[axis]; i++) *to++ = *begin;
    return to;
  }
  for (int i = 1; i < t->repeats[axis]; i++, to += block) __builtin_memcpy(to, begin, block * sizeof(f32));
  return to;
}

/* Words of four bytes, whatever they mean; the rank is at least 1. */
EXPORT(tile)(const f32 *x, f32 *to, const int *lengths, const int *repeats, int rank) {
  const Tile t = {x, lengths, repeats, rank};
  const f32 *from = x;
  tile_axis(&t, 0, &from, to);
}
