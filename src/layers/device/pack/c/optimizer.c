/*
 * What an optimizer does with all parameters at once: Adam, and the norm of all gradients. Parameters are cut into
 * blocks, which are counted through from the first of the first parameter to the last of the last. Threads share
 * the blocks, and squares are summed in float32 within one and in float64 over them: the sums are the same however
 * many threads there are.
 */
#include "common.h"

#define BLOCK 1024 /* Optimizer.ts counts with it, too */

typedef struct {
  const f32 *parameter, *gradient, *first, *second;
  f32 *new_parameter, *new_first, *new_second;
  int size;
  f32 beta1, beta2, rate /* over 1 - beta1^t */, unbias /* 1 / sqrt(1 - beta2^t) */, epsilon;
  f32 keep /* 1 - rate decay, AdamW */, decay /* added to the gradient, Adam */;
} Adam;

typedef struct {
  const Adam *parameters;
  double *squares; /* one sum a block, of the gradients as they come */
  int begin, end;  /* this thread's blocks */
} AdamShare;

INLINE int blocks_of(int size) { return (size + BLOCK - 1) / BLOCK; }

INLINE v4 blend(v4 average, v4 value, f32 keep) {
  return madd(value, wasm_f32x4_splat(1.0f - keep), wasm_f32x4_mul(average, wasm_f32x4_splat(keep)));
}

INLINE double sum_of(v4 value) {
  return (double)wasm_f32x4_extract_lane(value, 0) + wasm_f32x4_extract_lane(value, 1) +
         wasm_f32x4_extract_lane(value, 2) + wasm_f32x4_extract_lane(value, 3);
}

/* Kingma and Ba (2015), algorithm 1; decoupled decay by Loshchilov and Hutter (2019). Gives the squares' sum. */
static double adam_range(const Adam *a, int begin, int end) {
  v4 squares = zero4();
  for (int i = begin; i < end; i += 4) {
    const int lanes = least(4, end - i);
    const v4 parameter = load_some(a->parameter + i, lanes), raw = load_some(a->gradient + i, lanes);
    const v4 gradient = madd(parameter, wasm_f32x4_splat(a->decay), raw);
    const v4 first = blend(load_some(a->first + i, lanes), gradient, a->beta1);
    const v4 second = blend(load_some(a->second + i, lanes), wasm_f32x4_mul(gradient, gradient), a->beta2);
    const v4 root = madd(wasm_f32x4_sqrt(second), wasm_f32x4_splat(a->unbias), wasm_f32x4_splat(a->epsilon));
    const v4 move = wasm_f32x4_mul(wasm_f32x4_div(first, root), wasm_f32x4_splat(a->rate));
    squares = madd(raw, raw, squares);
    store_some(a->new_first + i, first, lanes);
    store_some(a->new_second + i, second, lanes);
    store_some(a->new_parameter + i,
               wasm_f32x4_sub(wasm_f32x4_mul(parameter, wasm_f32x4_splat(a->keep)), move), lanes);
  }
  return sum_of(squares);
}

EXPORT(adam)(const AdamShare *share) {
  int first = 0;
  for (const Adam *a = share->parameters; first < share->end; a++) {
    const int blocks = blocks_of(a->size);
    for (int b = most(0, share->begin - first); b < least(blocks, share->end - first); b++) {
      share->squares[first + b] = adam_range(a, b * BLOCK, least(a->size, (b + 1) * BLOCK));
    }
    first += blocks;
  }
}

typedef struct {
  const f32 *values;
  int size;
} Gradient;

typedef struct {
  const Gradient *gradients;
  double *squares;
  int begin, end;
} SquaresShare;

static double squares_range(const f32 *values, int size) {
  v4 sum[4] = {zero4(), zero4(), zero4(), zero4()};
  int i = 0;
  for (; i + 16 <= size; i += 16) {
    UNROLL for (int j = 0; j < 4; j++) {
      const v4 value = load4(values + i + 4 * j);
      sum[j] = madd(value, value, sum[j]);
    }
  }
  for (; i < size; i += 4) {
    const v4 value = load_some(values + i, least(4, size - i));
    sum[0] = madd(value, value, sum[0]);
  }
  return sum_of(wasm_f32x4_add(wasm_f32x4_add(sum[0], sum[1]), wasm_f32x4_add(sum[2], sum[3])));
}

EXPORT(squares)(const SquaresShare *share) {
  int first = 0;
  for (const Gradient *g = share->gradients; first < share->end; g++) {
    const int blocks = blocks_of(g->size);
    for (int b = most(0, share->begin - first); b < least(blocks, share->end - first); b++) {
      share->squares[first + b] = squares_range(g->values + b * BLOCK, least(BLOCK, g->size - b * BLOCK));
    }
    first += blocks;
  }
}

/* sqrt of the sum of the blocks' squares */
EXPORT(norm_of)(const double *squares, int blocks, f32 *norm) {
  double sum = 0;
  for (int b = 0; b < blocks; b++) sum += squares[b];
  *norm = (f32)__builtin_sqrt(sum);
}

/* to = values factor */
EXPORT(scale)(const f32 *values, f32 *to, int size, f32 factor) {
  const v4 each = wasm_f32x4_splat(factor);
  for (int i = 0; i < size; i += 4) {
    const int lanes = least(4, size - i);
    store_some(to + i, wasm_f32x4_mul(load_some(values + i, lanes), each), lanes);
  }
}
