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
