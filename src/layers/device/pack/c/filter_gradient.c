/*
 * dw[tap][channel] = sum over pixels of x[pixel + tap] dy[pixel][channel]. Rows of pixels are taken in blocks; within
 * one, six neighbouring taps times eight channels stay in registers while the block's pixels run by.
 */
#include "window.h"

#define TILE 6

typedef struct {
  Window window;
  const f32 *dy;
  f32 *panel; /* [block_rows * out_cols][8] */
  f32 *dw;    /* [kernel_rows][kernel_cols][in_channels][out_channels]; added to */
  int block_rows;
  int unit_begin, unit_end; /* a unit is eight output channels of one kernel row */
} FilterGradient;

#define MAX_BLOCK 64

typedef struct {
  const f32 *x[MAX_BLOCK]; /* for each row of the block, where this kernel row reads; 0 outside the picture */
  int rows, cols, step;
} Block;

INLINE void tile(const int taps, const int vectors, const Block *block, int at, const f32 *panel, f32 *dw,
                 int stride, int channels) {
  v4 sum[TILE][2];
  UNROLL for (int i = 0; i < taps; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = zero4();
  for (int r = 0; r < block->rows; r++) {
    if (!block->x[r]) continue;
    const f32 *x = block->x[r] + at;
    const f32 *dy = panel + r * block->cols * 8;
    for (int p = block->cols; p > 0; p--) {
      v4 d[2];
      UNROLL for (int j = 0; j < vectors; j++) d[j] = load4(dy + 4 * j);
      UNROLL for (int i = 0; i < taps; i++) {
        const v4 each = splat_at(x + i);
        UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = madd(each, d[j], sum[i][j]);
      }
      dy += 8;
      x += block->step;
    }
  }
  UNROLL for (int i = 0; i < taps; i++) UNROLL for (int j = 0; j < vectors; j++) {
    f32 *to = dw + i * stride + 4 * j;
    const int kept = channels - 4 * j;
    store_some(to, wasm_f32x4_add(load_some(to, kept), sum[i][j]), kept);
  }
}

#define TILE_OF(taps, vectors) case taps: tile(taps, vectors, block, at, panel, dw, stride, channels); break;

static void tile8(int taps, const Block *block, int at, const f32 *panel, f32 *dw, int stride, int channels) {
  switch (taps) { TILE_OF(1, 2) TILE_OF(2, 2) TILE_OF(3, 2) TILE_OF(4, 2) TILE_OF(5, 2) TILE_OF(6, 2) }
}

static void tile4(int taps, const Block *block, int at, const f32 *panel, f32 *dw, int stride, int channels) {
  switch (taps) { TILE_OF(1, 1) TILE_OF(2, 1) TILE_OF(3, 1) TILE_OF(4, 1) TILE_OF(5, 1) TILE_OF(6, 1) }
}

/* Eight channels of the block's dy, side by side. */
static void pack_panel(const FilterGradient *g, int first_row, int rows, int o) {
  const Window *w = &g->window;
  const int channels = least(8, w->out_channels - o);
  const f32 *from = g->dy + first_row * w->out_cols * w->out_channels + o;
  f32 *to = g->panel;
  for (int p = rows * w->out_cols; p > 0; p--) {
    store4(to, load_some(from, channels));
    store4(to + 4, channels > 4 ? load_some(from + 4, channels - 4) : zero4());
    to += 8;
    from += w->out_channels;
  }
}

/* One run of taps that lie side by side: those of a kernel row, or, dilated, of one tap. */
static void run_of_taps(const FilterGradient *g, const Block *block, int length, int o, f32 *dw) {
  const int stride = g->window.out_channels, channels = least(8, stride - o);
  const int tiles = (length + TILE - 1) / TILE, smaller = length / tiles, larger = length % tiles;
  int at = 0;
  for (int t = 0; t < tiles; t++) {
    const int taps = smaller + (t < larger);
    f32 *to = dw + at * stride + o;
    if (channels > 4) tile8(taps, block, at, g->panel, to, stride, channels);
    else tile4(taps, block, at, g->panel, to, stride, channels);
    at += taps;
  }
}

/* One kernel row of eight output channels, over one block of rows. */
static void unit(const FilterGradient *g, Block *block, int row, int o, int k) {
  const Window *w = &g->window;
  const int dense = w->dilation_cols == 1, channels = w->in_channels;
  const int per_row = dense ? 1 : w->kernel_cols, length = dense ? w->kernel_cols * channels : channels;
  const int n = row / w->out_rows, out_row = row % w->out_rows;
  for (int j = 0; j < per_row; j++) {
    for (int r = 0; r < block->rows; r++) {
      const int in_row = (out_row + r) * w->stride_rows - w->pad_top + k * w->dilation_rows;
      const int inside = in_row >= 0 && in_row < w->in_rows;
      block->x[r] = inside ? padded_row(w, n, in_row) + j * w->dilation_cols * channels : 0;
    }
    run_of_taps(g, block, length, o, g->dw + (k * w->kernel_cols + j) * channels * w->out_channels);
  }
}

/* Threads share the units, not the pixels: the sums are the same however many there are. */
EXPORT(filter_gradient)(const FilterGradient *g) {
  const Window *w = &g->window;
  const int rows = w->batch * w->out_rows;
  clear_ring(w);
  Block block;
  block.cols = w->out_cols;
  block.step = w->stride_cols * w->in_channels;
  for (int row = 0; row < rows; row += block.rows) {
    block.rows = least(g->block_rows, w->out_rows - row % w->out_rows);
    int packed = -1;
    for (int u = g->unit_begin; u < g->unit_end; u++) {
      const int o = u / w->kernel_rows * 8;
      if (o != packed) pack_panel(g, row, block.rows, o);
      packed = o;
      unit(g, &block, row, o, u % w->kernel_rows);
    }
  }
}
