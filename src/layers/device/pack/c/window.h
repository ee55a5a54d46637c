/* A convolution's window over NHWC pictures, and its input rows, padded one at a time as they are needed. */
#pragma once
#include "common.h"

typedef struct {
  int batch, in_rows, in_cols, in_channels;
  int out_rows, out_cols, out_channels;
  int kernel_rows, kernel_cols, stride_rows, stride_cols, dilation_rows, dilation_cols;
  int pad_top, pad_left; /* may be negative: then the window starts inside */
  const f32 *x;
  f32 *ring; /* `ring_rows` padded rows; unused when rows need no padding */
  int *tags; /* which input row lies in each place of the ring, counted over the whole batch */
  int ring_rows;
} Window;

INLINE int needed_cols(const Window *w) {
  return (w->out_cols - 1) * w->stride_cols + (w->kernel_cols - 1) * w->dilation_cols + 1;
}

INLINE int is_direct(const Window *w) { return w->pad_left == 0 && needed_cols(w) <= w->in_cols; }

static inline void clear_ring(const Window *w) {
  if (is_direct(w)) return;
  for (int i = 0; i < w->ring_rows; i++) w->tags[i] = -1;
}

/* Input row `row` of picture `n`, its first float being column -pad_left. */
static inline const f32 *padded_row(const Window *w, int n, int row) {
  const int channels = w->in_channels, whole = n * w->in_rows + row;
  const f32 *from = w->x + whole * w->in_cols * channels;
  if (is_direct(w)) return from;
  const int cols = needed_cols(w), place = row % w->ring_rows;
  f32 *to = w->ring + place * cols * channels;
  if (w->tags[place] == whole) return to;
  w->tags[place] = whole;
  const int left = least(cols, most(0, w->pad_left));
  const int first = most(0, -w->pad_left);
  const int kept = most(0, least(w->in_cols - first, cols - left));
  __builtin_memset(to, 0, left * channels * sizeof(f32));
  __builtin_memcpy(to + left * channels, from + first * channels, kept * channels * sizeof(f32));
  __builtin_memset(to + (left + kept) * channels, 0, (cols - left - kept) * channels * sizeof(f32));
  return to;
}
