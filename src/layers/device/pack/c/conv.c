/*
 * Convolutions without im2col. In NHWC the taps of one kernel row and all their channels lie side by side, so an
 * output pixel is a sum over `kernel_rows` runs of floats; six pixels times eight channels stay in registers.
 * The input gradient of a strided convolution is one such convolution of dy per residue of the stride.
 */
#include "window.h"

#define TILE 6
#define MAX_RUNS 128

typedef struct {
  Window window;
  const f32 *filter; /* packed by pack_filter or pack_filter_transposed */
  const f32 *bias;   /* or 0 */
  f32 *y;
  int y_batch, y_row, y_col; /* floats from one picture, row, pixel of y to the next */
  int relu;
  int row_begin, row_end; /* of batch * out_rows */
} Conv;

typedef struct {
  const f32 *x[MAX_RUNS];
  int at[MAX_RUNS]; /* where the run's weights begin, in rows of the panel */
  int count, length;
} Runs;

static void find_runs(const Window *w, int n, int out_row, Runs *runs) {
  const int dense = w->dilation_cols == 1;
  const int channels = w->in_channels, per_row = dense ? 1 : w->kernel_cols;
  runs->count = 0;
  runs->length = dense ? w->kernel_cols * channels : channels;
  for (int k = 0; k < w->kernel_rows; k++) {
    const int row = out_row * w->stride_rows - w->pad_top + k * w->dilation_rows;
    if (row < 0 || row >= w->in_rows) continue;
    const f32 *from = padded_row(w, n, row);
    for (int j = 0; j < per_row; j++) {
      runs->x[runs->count] = from + j * w->dilation_cols * channels;
      runs->at[runs->count++] = (k * w->kernel_cols + j) * channels;
    }
  }
}

/* `pixels` pixels times `vectors` groups of four channels; both are constants wherever this is inlined. */
INLINE void tile(const int pixels, const int vectors, const Runs *runs, int begin, int step, const f32 *panel,
                 const v4 *bias, int relu, f32 *y, int y_col, int channels) {
  v4 sum[TILE][2];
  UNROLL for (int i = 0; i < pixels; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = bias[j];
  for (int r = 0; r < runs->count; r++) {
    const f32 *x[TILE];
    UNROLL for (int i = 0; i < pixels; i++) x[i] = runs->x[r] + begin + i * step;
    const f32 *weights = panel + runs->at[r] * vectors * 4;
    for (int k = runs->length; k > 0; k--) {
      v4 w[2];
      UNROLL for (int j = 0; j < vectors; j++) w[j] = load4(weights + 4 * j);
      weights += 4 * vectors;
      UNROLL for (int i = 0; i < pixels; i++) {
        const v4 each = splat_at(x[i]++);
        UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = madd(each, w[j], sum[i][j]);
      }
    }
  }
  UNROLL for (int i = 0; i < pixels; i++) UNROLL for (int j = 0; j < vectors; j++) {
    const v4 value = relu ? relu4(sum[i][j]) : sum[i][j];
    store_some(y + i * y_col + 4 * j, value, channels - 4 * j);
  }
}

#define TILE_OF(pixels, vectors) \
  case pixels: tile(pixels, vectors, runs, begin, step, panel, bias, relu, y, y_col, channels); break;

static void tile8(int pixels, const Runs *runs, int begin, int step, const f32 *panel, const v4 *bias, int relu,
                  f32 *y, int y_col, int channels) {
  switch (pixels) { TILE_OF(1, 2) TILE_OF(2, 2) TILE_OF(3, 2) TILE_OF(4, 2) TILE_OF(5, 2) TILE_OF(6, 2) }
}

static void tile4(int pixels, const Runs *runs, int begin, int step, const f32 *panel, const v4 *bias, int relu,
                  f32 *y, int y_col, int channels) {
  switch (pixels) { TILE_OF(1, 1) TILE_OF(2, 1) TILE_OF(3, 1) TILE_OF(4, 1) TILE_OF(5, 1) TILE_OF(6, 1) }
}

EXPORT(conv)(const Conv *c) {
  const Window *w = &c->window;
  const int taps = w->kernel_rows * w->kernel_cols * w->in_channels, step = w->stride_cols * w->in_channels;
  const int tiles = (w->out_cols + TILE - 1) / TILE, smaller = w->out_cols / tiles, larger = w->out_cols % tiles;
  Runs runs;
  clear_ring(w);
  for (int row = c->row_begin; row < c->row_end; row++) {
    const int n = row / w->out_rows, out_row = row % w->out_rows;
    find_runs(w, n, out_row, &runs);
    f32 *y = c->y + n * c->y_batch + out_row * c->y_row;
    for (int o = 0; o < w->out_channels; o += 8) {
      const int channels = least(8, w->out_channels - o);
      v4 bias[2] = {zero4(), zero4()};
      if (c->bias) {
        bias[0] = load_some(c->bias + o, channels);
        if (channels > 4) bias[1] = load_some(c->bias + o + 4, channels - 4);
      }
      const f32 *panel = c->filter + o * taps;
      int col = 0;
      for (int t = 0; t < tiles; t++) {
        const int pixels = smaller + (t < larger);
        f32 *to = y + col * c->y_col + o;
        if (channels > 4) tile8(pixels, &runs, col * step, step, panel, bias, c->relu, to, c->y_col, channels);
        else tile4(pixels, &runs, col * step, step, panel, bias, c->relu, to, c->y_col, channels);
        col += pixels;
      }
    }
  }
}

/* Panels of eight output channels (four, if no more than four remain), each [taps][channels], filled up with 0. */
EXPORT(pack_filter)(const f32 *filter, f32 *to, int taps, int channels) {
  for (int o = 0; o < channels; o += 8) {
    const int kept = least(8, channels - o), width = kept > 4 ? 8 : 4;
    for (int t = 0; t < taps; t++) {
      for (int j = 0; j < width; j++) *to++ = j < kept ? filter[t * channels + o + j] : 0.0f;
    }
  }
}

typedef struct {
  const f32 *filter; /* [kernel_rows][kernel_cols][inputs][outputs] */
  f32 *to;
  int kernel_cols, inputs, outputs;
  int row_first, row_step, row_count; /* the taps that this residue of the stride uses, taken backwards */
  int col_first, col_step, col_count;
} Transposed;

/* The filter of the input gradient: inputs and outputs change places, taps run backwards. */
EXPORT(pack_filter_transposed)(const Transposed *p) {
  f32 *to = p->to;
  for (int i = 0; i < p->inputs; i += 8) {
    const int kept = least(8, p->inputs - i), width = kept > 4 ? 8 : 4;
    for (int r = p->row_count - 1; r >= 0; r--) for (int c = p->col_count - 1; c >= 0; c--) {
      const int tap = (p->row_first + r * p->row_step) * p->kernel_cols + p->col_first + c * p->col_step;
      const f32 *from = p->filter + (tap * p->inputs + i) * p->outputs;
      for (int o = 0; o < p->outputs; o++) {
        for (int j = 0; j < width; j++) *to++ = j < kept ? from[j * p->outputs + o] : 0.0f;
      }
    }
  }
}
