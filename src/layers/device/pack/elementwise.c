/* Sums, products, activations and their gradients, element by element, in one pass over memory each. */
#include "common.h"

/* The order of `kinds` in Elementwise.ts. */
enum { ADD, SUBTRACT, MULTIPLY, RELU, RELU_GRADIENT, SIGMOID_GRADIENT };

typedef struct {
  const f32 *a, *b; /* b is not read where one operand is enough */
  f32 *to;
  int kind;
  int begin, end; /* this thread's elements */
} Elementwise;

INLINE v4 result(const int kind, v4 a, v4 b) {
  switch (kind) {
    case ADD: return wasm_f32x4_add(a, b);
    case SUBTRACT: return wasm_f32x4_sub(a, b);
    case MULTIPLY: return wasm_f32x4_mul(a, b);
    case RELU: return relu4(a);
    /* dy, y: y > 0 ? dy : 0 */
    case RELU_GRADIENT: return wasm_v128_and(a, wasm_f32x4_gt(b, zero4()));
    /* dy, y: dy y (1 - y) */
    default: return wasm_f32x4_mul(a, wasm_f32x4_mul(b, wasm_f32x4_sub(wasm_f32x4_splat(1), b)));
  }
}

INLINE void each(const int kind, const Elementwise *e) {
  const int one = kind == RELU;
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
