/*
 * Resizing of NHWC pictures and its gradient, bilinear or nearest. Which two input rows (columns) an output row reads
 * and the weight of the second come as a table from the caller, who knows the modes.
 */
#include "common.h"

typedef struct { int low, high; f32 weight; } Sample;

typedef struct {
  const f32 *from; /* x, or dy for the gradient */
  f32 *to;         /* y, or dx */
  const Sample *rows, *cols;
  int in_rows, in_cols, out_rows, out_cols, channels, nearest;
  int begin, end; /* this thread's rows of all pictures' y, or pictures of dx */
} Resize;

EXPORT(resize)(const Resize *r) {
  const int channels = r->channels;
  f32 *y = r->to + r->begin * r->out_cols * channels;
  for (int row = r->begin; row < r->end; row++) {
    const int n = row / r->out_rows;
    const Sample *v = r->rows + row % r->out_rows;
    const f32 *low = r->from + (n * r->in_rows + v->low) * r->in_cols * channels;
    const f32 *high = r->from + (n * r->in_rows + v->high) * r->in_cols * channels;
    const v4 down = wasm_f32x4_splat(v->weight);
    for (int col = 0; col < r->out_cols; col++, y += channels) {
      const Sample *h = r->cols + col;
      const v4 right = wasm_f32x4_splat(h->weight);
      const int left_at = h->low * channels, right_at = h->high * channels;
      for (int c = 0; c < channels; c += 4) {
        const int lanes = least(4, channels - c);
        const v4 a = load_some(low + left_at + c, lanes);
        if (r->nearest) { store_some(y + c, a, lanes); continue; }
        const v4 b = load_some(low + right_at + c, lanes);
        const v4 p = load_some(high + left_at + c, lanes), q = load_some(high + right_at + c, lanes);
        const v4 top = madd(wasm_f32x4_sub(b, a), right, a), bottom = madd(wasm_f32x4_sub(q, p), right, p);
        store_some(y + c, madd(wasm_f32x4_sub(bottom, top), down, top), lanes);
      }
    }
  }
}

INLINE void add_some(f32 *to, v4 value, int lanes) {
  store_some(to, wasm_f32x4_add(load_some(to, lanes), value), lanes);
}

EXPORT(resize_gradient)(const Resize *r) {
  const int channels = r->channels, picture = r->in_rows * r->in_cols * channels;
  const f32 *dy = r->from + r->begin * r->out_rows * r->out_cols * channels;
  __builtin_memset(r->to + r->begin * picture, 0, (r->end - r->begin) * picture * sizeof(f32));
  for (int row = r->begin * r->out_rows; row < r->end * r->out_rows; row++) {
    const int n = row / r->out_rows;
    const Sample *v = r->rows + row % r->out_rows;
    f32 *low = r->to + (n * r->in_rows + v->low) * r->in_cols * channels;
    f32 *high = r->to + (n * r->in_rows + v->high) * r->in_cols * channels;
    for (int col = 0; col < r->out_cols; col++, dy += channels) {
      const Sample *h = r->cols + col;
      const int left_at = h->low * channels, right_at = h->high * channels;
      for (int c = 0; c < channels; c += 4) {
        const int lanes = least(4, channels - c);
        const v4 d = load_some(dy + c, lanes);
        if (r->nearest) { add_some(low + left_at + c, d, lanes); continue; }
        const v4 below = wasm_f32x4_mul(d, wasm_f32x4_splat(v->weight)), above = wasm_f32x4_sub(d, below);
        const v4 right = wasm_f32x4_splat(h->weight);
        const v4 above_right = wasm_f32x4_mul(above, right), below_right = wasm_f32x4_mul(below, right);
        add_some(low + left_at + c, wasm_f32x4_sub(above, above_right), lanes);
        add_some(low + right_at + c, above_right, lanes);
        add_some(high + left_at + c, wasm_f32x4_sub(below, below_right), lanes);
        add_some(high + right_at + c, below_right, lanes);
      }
    }
  }
}

/* Adds each row to the row of its segment; numbers outside 0..segments-1 are left out. */
EXPORT(segment_sum)(const f32 *x, const int *ids, f32 *to, int rows, int size, int segments) {
  for (int row = 0; row < rows; row++, x += size) {
    if (ids[row] < 0 || ids[row] >= segments) continue;
    f32 *sum = to + ids[row] * size;
    for (int i = 0; i < size; i += 4) add_some(sum + i, load_some(x + i, least(4, size - i)), least(4, size - i));
  }
}
