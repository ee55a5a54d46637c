/* Gradients and updates, element by element, in one pass over memory each. */
#include "common.h"

/* dx = y > 0 ? dy : 0 */
EXPORT(relu_gradient)(const f32 *dy, const f32 *y, f32 *dx, int size) {
  int i = 0;
  for (; i + 4 <= size; i += 4) {
    store4(dx + i, wasm_v128_and(load4(dy + i), wasm_f32x4_gt(load4(y + i), zero4())));
  }
  for (; i < size; i++) dx[i] = y[i] > 0 ? dy[i] : 0.0f;
}

/* dx = dy y (1 - y) */
EXPORT(sigmoid_gradient)(const f32 *dy, const f32 *y, f32 *dx, int size) {
  int i = 0;
  for (; i + 4 <= size; i += 4) {
    const v4 value = load4(y + i);
    const v4 slope = wasm_f32x4_mul(value, wasm_f32x4_sub(wasm_f32x4_splat(1), value));
    store4(dx + i, wasm_f32x4_mul(load4(dy + i), slope));
  }
  for (; i < size; i++) dx[i] = dy[i] * (y[i] * (1.0f - y[i]));
}

/* sum over rows of [rows][channels], in float64 over blocks of float32 sums; `sums` is scratch of `channels` */
EXPORT(sum_rows)(const f32 *x, f32 *to, double *sums, int rows, int channels) {
  for (int c = 0; c < channels; c++) sums[c] = 0;
  for (int row = 0; row < rows; row += 32) {
    const int count = least(32, rows - row);
    for (int c = 0; c < channels; c += 4) {
      const int lanes = least(4, channels - c);
      const f32 *from = x + row * channels + c;
      v4 sum = zero4();
      for (int r = 0; r < count; r++, from += channels) sum = wasm_f32x4_add(sum, load_some(from, lanes));
      sums[c] += wasm_f32x4_extract_lane(sum, 0);
      if (lanes > 1) sums[c + 1] += wasm_f32x4_extract_lane(sum, 1);
      if (lanes > 2) sums[c + 2] += wasm_f32x4_extract_lane(sum, 2);
      if (lanes > 3) sums[c + 3] += wasm_f32x4_extract_lane(sum, 3);
    }
  }
  for (int c = 0; c < channels; c++) to[c] = (f32)sums[c];
}

/* to = sum of `parts` arrays of `size` that lie one after another, added in order */
EXPORT(sum_parts)(const f32 *parts, f32 *to, int count, int size) {
  for (int i = 0; i < size; i += 4) {
    const int lanes = least(4, size - i);
    v4 sum = load_some(parts + i, lanes);
    for (int p = 1; p < count; p++) sum = wasm_f32x4_add(sum, load_some(parts + p * size + i, lanes));
    store_some(to + i, sum, lanes);
  }
}

typedef struct {
  const f32 *parameter, *gradient, *first, *second;
  f32 *new_parameter, *new_first, *new_second;
  int size;
  f32 beta1, beta2, rate /* over 1 - beta1^t */, unbias /* 1 / sqrt(1 - beta2^t) */, epsilon;
  f32 keep /* 1 - rate decay, AdamW */, decay /* added to the gradient, Adam */;
} Adam;

INLINE v4 blend(v4 average, v4 value, f32 keep) {
  return madd(value, wasm_f32x4_splat(1.0f - keep), wasm_f32x4_mul(average, wasm_f32x4_splat(keep)));
}

/* Kingma and Ba (2015), algorithm 1; decoupled decay by Loshchilov and Hutter (2019). */
EXPORT(adam)(const Adam *a) {
  for (int i = 0; i < a->size; i += 4) {
    const int lanes = least(4, a->size - i);
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
