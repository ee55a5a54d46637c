/*
 * What an optimizer does with all parameters at once: Adam, and the norm of all gradients. The parameters' elements
 * are counted through, from the first of the first parameter to the last of the last; threads share them.
 */
#include "common.h"

typedef struct {
  const f32 *parameter, *gradient, *first, *second;
  f32 *new_parameter, *new_first, *new_second;
  int size;
  f32 beta1, beta2, rate /* over 1 - beta1^t */, unbias /* 1 / sqrt(1 - beta2^t) */, epsilon;
  f32 keep /* 1 - rate decay, AdamW */, decay /* added to the gradient, Adam */;
} Adam;

typedef struct {
  const Adam *parameters;
  int count;
  int begin, end; /* this thread's elements */
} AdamShare;

INLINE v4 blend(v4 average, v4 value, f32 keep) {
  return madd(value, wasm_f32x4_splat(1.0f - keep), wasm_f32x4_mul(average, wasm_f32x4_splat(keep)));
}

/* Kingma and Ba (2015), algorithm 1; decoupled decay by Loshchilov and Hutter (2019). */
static void adam_range(const Adam *a, int begin, int end) {
  for (int i = begin; i < end; i += 4) {
    const int lanes = least(4, end - i);
    const v4 parameter = load_some(a->parameter + i, lanes);
    const v4 gradient = madd(parameter, wasm_f32x4_splat(a->decay), load_some(a->gradient + i, lanes));
    const v4 first = blend(load_some(a->first + i, lanes), gradient, a->beta1);
    const v4 second = blend(load_some(a->second + i, lanes), wasm_f32x4_mul(gradient, gradient), a->beta2);
    const v4 root = madd(wasm_f32x4_sqrt(second), wasm_f32x4_splat(a->unbias), wasm_f32x4_splat(a->epsilon));
    const v4 move = wasm_f32x4_mul(wasm_f32x4_div(first, root), wasm_f32x4_splat(a->rate));
    store_some(a->new_first + i, first, lanes);
    store_some(a->new_second + i, second, lanes);
    store_some(a->new_parameter + i,
               wasm_f32x4_sub(wasm_f32x4_mul(parameter, wasm_f32x4_splat(a->keep)), move), lanes);
  }
}

EXPORT(adam)(const AdamShare *share) {
  int at = 0;
  for (int p = 0; p < share->count && at < share->end; p++) {
    const Adam *a = share->parameters + p;
    adam_range(a, most(0, share->begin - at), least(a->size, share->end - at));
    at += a->size;
  }
}

typedef struct {
  const f32 *values;
  int size;
} Gradient;

/* Squares are summed in float32 over this many elements and in float64 over these blocks. */
#define BLOCK 256

/* sqrt of the sum of all squares */
EXPORT(norm_of_all)(const Gradient *gradients, int count, f32 *norm) {
  double sum = 0;
  for (int g = 0; g < count; g++) {
    for (int block = 0; block < gradients[g].size; block += BLOCK) {
      const f32 *values = gradients[g].values + block;
      const int size = least(BLOCK, gradients[g].size - block);
      v4 squares[2] = {zero4(), zero4()};
      for (int i = 0; i < size; i += 8) {
        const v4 low = load_some(values + i, least(4, size - i));
        squares[0] = madd(low, low, squares[0]);
        if (size - i <= 4) continue;
        const v4 high = load_some(values + i + 4, least(4, size - i - 4));
        squares[1] = madd(high, high, squares[1]);
      }
      const v4 both = wasm_f32x4_add(squares[0], squares[1]);
      sum += (double)wasm_f32x4_extract_lane(both, 0) + wasm_f32x4_extract_lane(both, 1) +
             wasm_f32x4_extract_lane(both, 2) + wasm_f32x4_extract_lane(both, 3);
    }
  }
  *norm = (f32)__builtin_sqrt(sum);
}

/* to = values factor */
EXPORT(scale)(const f32 *values, f32 *to, int size, const f32 *factor) {
  const v4 each = wasm_f32x4_splat(*factor);
  for (int i = 0; i < size; i += 4) {
    const int lanes = least(4, size - i);
    store_some(to + i, wasm_f32x4_mul(load_some(values + i, lanes), each), lanes);
  }
}
