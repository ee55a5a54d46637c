/* The gradient of a max pool: dy goes to the first of its window's pixels that holds the maximum. */
#include "window.h"

typedef struct {
  Window window; /* x is the pool's input; channels in and out are the same */
  const f32 *y, *dy;
  f32 *dx;
  int batch_begin, batch_end;
} MaxPool;

EXPORT(max_pool_gradient)(const MaxPool *p) {
  const Window *w = &p->window;
  const int channels = w->in_channels, picture = w->in_rows * w->in_cols * channels;
  for (int row = p->batch_begin * w->out_rows; row < p->batch_end * w->out_rows; row++) {
    if (row % w->out_rows == 0) {
      __builtin_memset(p->dx + row / w->out_rows * picture, 0, picture * sizeof(f32));
    }
    const int n = row / w->out_rows, top = (row % w->out_rows) * w->stride_rows - w->pad_top;
    for (int col = 0; col < w->out_cols; col++) {
      const int left = col * w->stride_cols - w->pad_left;
      const f32 *y = p->y + (row * w->out_cols + col) * channels;
      const f32 *dy = p->dy + (row * w->out_cols + col) * channels;
      for (int c = 0; c < channels; c += 4) {
        const int lanes = least(4, channels - c);
        const v4 best = load_some(y + c, lanes);
        v4 rest = load_some(dy + c, lanes);
        for (int i = most(0, -top); i < least(w->kernel_rows, w->in_rows - top); i++) {
          for (int j = most(0, -left); j < least(w->kernel_cols, w->in_cols - left); j++) {
            const int at = ((n * w->in_rows + top + i) * w->in_cols + left + j) * channels + c;
            const v4 hit = wasm_f32x4_eq(load_some(w->x + at, lanes), best);
            const v4 sum = wasm_f32x4_add(load_some(p->dx + at, lanes), wasm_v128_and(rest, hit));
            store_some(p->dx + at, sum, lanes);
            rest = wasm_v128_andnot(rest, hit);
          }
        }
      }
    }
  }
}
