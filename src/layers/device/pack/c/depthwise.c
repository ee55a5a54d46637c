/*
 * The gradients of a depthwise convolution, NHWC: output channel c multiplier + m reads input channel c alone. With
 * a multiplier of 1, sixteen channels stay in registers while the pixels of a row run by.
 */
#include "window.h"

#define GROUP 16

typedef struct {
  Window window; /* out_channels = in_channels multiplier; padding is done by leaving out */
  const f32 *other; /* the filter for the input's gradient, x for the filter's */
  const f32 *dy;
  f32 *to;
  int multiplier;
  int begin, end; /* this thread's rows of dx, or input channels of dw */
} Depthwise;

/* The outputs [first, last) whose tap at `offset` falls into [0, length). */
INLINE int first_output(int offset, int stride) { return offset >= 0 ? 0 : (stride - 1 - offset) / stride; }
INLINE int last_output(int offset, int stride, int length, int outputs) {
  return length <= offset ? 0 : least(outputs, (length - offset + stride - 1) / stride);
}

/* to[pixel] += dy[pixel] w for a row of pixels; steps in floats. */
INLINE void spread_row(const int vectors, const f32 *dy, int dy_step, const f32 *w, f32 *to, int to_step, int pixels,
                       int lanes) {
  v4 weight[4];
  UNROLL for (int j = 0; j < vectors; j++) weight[j] = load_some(w + 4 * j, lanes);
  for (; pixels > 0; pixels--, dy += dy_step, to += to_step) {
    UNROLL for (int j = 0; j < vectors; j++) {
      const v4 sum = madd(load_some(dy + 4 * j, lanes), weight[j], load_some(to + 4 * j, lanes));
      store_some(to + 4 * j, sum, lanes);
    }
  }
}

static void spread_multiplied(const Depthwise *d, const f32 *dy, const f32 *w, f32 *to, int to_step, int pixels) {
  const int channels = d->window.in_channels, multiplier = d->multiplier;
  for (; pixels > 0; pixels--, dy += d->window.out_channels, to += to_step) {
    for (int c = 0; c < channels; c++) {
      f32 sum = to[c];
      for (int m = 0; m < multiplier; m++) sum += dy[c * multiplier + m] * w[c * multiplier + m];
      to[c] = sum;
    }
  }
}

static void spread_channels(const Depthwise *d, const f32 *dy, const f32 *w, f32 *to, int to_step, int pixels) {
  const int channels = d->window.in_channels;
  int c = 0;
  for (; c + GROUP <= channels; c += GROUP) spread_row(4, dy + c, channels, w + c, to + c, to_step, pixels, 4);
  for (; c < channels; c += 4) {
    spread_row(1, dy + c, channels, w + c, to + c, to_step, pixels, least(4, channels - c));
  }
}

/* dx[row][col][c] = sum of dy w over the taps that read it. */
EXPORT(depthwise_input_gradient)(const Depthwise *d) {
  const Window *w = &d->window;
  const int channels = w->in_channels, line = w->in_cols * channels;
  for (int row = d->begin; row < d->end; row++) {
    const int n = row / w->in_rows, in_row = row % w->in_rows;
    f32 *dx = d->to + row * line;
    __builtin_memset(dx, 0, line * sizeof(f32));
    for (int i = 0; i < w->kernel_rows; i++) {
      const int from = in_row + w->pad_top - i * w->dilation_rows, out_row = from / w->stride_rows;
      if (from < 0 || from % w->stride_rows != 0 || out_row >= w->out_rows) continue;
      for (int j = 0; j < w->kernel_cols; j++) {
        const int offset = j * w->dilation_cols - w->pad_left;
        const int first = first_output(offset, w->stride_cols);
        const int pixels = last_output(offset, w->stride_cols, w->in_cols, w->out_cols) - first;
        const f32 *dy = d->dy + ((n * w->out_rows + out_row) * w->out_cols + first) * w->out_channels;
        const f32 *tap = d->other + (i * w->kernel_cols + j) * w->out_channels;
        f32 *to = dx + (first * w->stride_cols + offset) * channels;
        const int step = w->stride_cols * channels;
        if (d->multiplier == 1) spread_channels(d, dy, tap, to, step, pixels);
        else spread_multiplied(d, dy, tap, to, step, pixels);
      }
    }
  }
}

/* dw += sum over a row of pixels of x dy */
INLINE void gather_row(const int vectors, const f32 *x, int x_step, const f32 *dy, int dy_step, f32 *dw, int pixels,
                       int lanes) {
  v4 sum[4];
  UNROLL for (int j = 0; j < vectors; j++) sum[j] = load_some(dw + 4 * j, lanes);
  for (; pixels > 0; pixels--, x += x_step, dy += dy_step) {
    UNROLL for (int j = 0; j < vectors; j++) {
      sum[j] = madd(load_some(x + 4 * j, lanes), load_some(dy + 4 * j, lanes), sum[j]);
    }
  }
  UNROLL for (int j = 0; j < vectors; j++) store_some(dw + 4 * j, sum[j], lanes);
}

static void gather_channels(const Depthwise *d, const f32 *x, int x_step, const f32 *dy, f32 *dw, int pixels) {
  const int channels = d->window.in_channels;
  int c = d->begin;
  for (; c + GROUP <= d->end; c += GROUP) gather_row(4, x + c, x_step, dy + c, channels, dw + c, pixels, 4);
  for (; c < d->end; c += 4) gather_row(1, x + c, x_step, dy + c, channels, dw + c, pixels, least(4, d->end - c));
}

static void gather_multiplied(const Depthwise *d, const f32 *x, int x_step, const f32 *dy, f32 *dw, int pixels) {
  const int multiplier = d->multiplier;
  for (; pixels > 0; pixels--, x += x_step, dy += d->window.out_channels) {
    for (int c = d->begin; c < d->end; c++) {
      for (int m = 0; m < multiplier; m++) dw[c * multiplier + m] += x[c] * dy[c * multiplier + m];
    }
  }
}

/* dw[i][j][c] = sum of x dy over all pixels; `to` is zero at first. */
EXPORT(depthwise_filter_gradient)(const Depthwise *d) {
  const Window *w = &d->window;
  const int channels = w->in_channels;
  for (int row = 0; row < w->batch * w->out_rows; row++) {
    const int n = row / w->out_rows, out_row = row % w->out_rows;
    for (int i = 0; i < w->kernel_rows; i++) {
      const int in_row = out_row * w->stride_rows - w->pad_top + i * w->dilation_rows;
      if (in_row < 0 || in_row >= w->in_rows) continue;
      for (int j = 0; j < w->kernel_cols; j++) {
        const int offset = j * w->dilation_cols - w->pad_left;
        const int first = first_output(offset, w->stride_cols);
        const int pixels = last_output(offset, w->stride_cols, w->in_cols, w->out_cols) - first;
        const f32 *x = d->other + ((n * w->in_rows + in_row) * w->in_cols + first * w->stride_cols + offset) * channels;
        const f32 *dy = d->dy + (row * w->out_cols + first) * w->out_channels;
        f32 *dw = d->to + (i * w->kernel_cols + j) * w->out_channels;
        const int step = w->stride_cols * channels;
        if (d->multiplier == 1) gather_channels(d, x, step, dy, dw, pixels);
        else gather_multiplied(d, x, step, dy, dw, pixels);
      }
    }
  }
}
