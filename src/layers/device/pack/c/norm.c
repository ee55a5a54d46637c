/*
 * Batch normalisation in training, over rows of `channels` floats. Sums are taken of x less its first row, in
 * float32 over short blocks and in float64 over blocks, so that a mean far from 0 costs no digits. Threads share
 * channels where rows are summed and rows elsewhere: the sums are the same however many there are.
 */
#include "common.h"

#define BLOCK 32

typedef struct {
  const f32 *x, *dy, *gamma, *beta;
  f32 *y, *dx, *dgamma, *dbeta, *mean, *variance;
  double *sums; /* [2][channels] */
  int rows, channels, relu;
  f32 epsilon;
  int begin, end; /* this thread's channels or rows */
} Norm;

INLINE void add_to(double *sum, v4 value, int count) {
  sum[0] += wasm_f32x4_extract_lane(value, 0);
  if (count > 1) sum[1] += wasm_f32x4_extract_lane(value, 1);
  if (count > 2) sum[2] += wasm_f32x4_extract_lane(value, 2);
  if (count > 3) sum[3] += wasm_f32x4_extract_lane(value, 3);
}

static void clear_sums(const Norm *b) {
  for (int c = b->begin; c < b->end; c++) b->sums[c] = b->sums[b->channels + c] = 0;
}

/* 1 / sqrt(variance + epsilon) */
INLINE v4 inverse_of(const Norm *b, int c, int count) {
  const v4 variance = wasm_f32x4_add(load_some(b->variance + c, count), wasm_f32x4_splat(b->epsilon));
  return wasm_f32x4_div(wasm_f32x4_splat(1), wasm_f32x4_sqrt(variance));
}

EXPORT(norm_statistics)(const Norm *b) {
  const int channels = b->channels;
  clear_sums(b);
  for (int row = 0; row < b->rows; row += BLOCK) {
    const int rows = least(BLOCK, b->rows - row);
    for (int c = b->begin; c < b->end; c += 4) {
      const int count = least(4, b->end - c);
      const v4 origin = load_some(b->x + c, count);
      const f32 *x = b->x + row * channels + c;
      v4 sum = zero4(), squares = zero4();
      for (int r = 0; r < rows; r++, x += channels) {
        const v4 value = wasm_f32x4_sub(load_some(x, count), origin);
        sum = wasm_f32x4_add(sum, value);
        squares = madd(value, value, squares);
      }
      add_to(b->sums + c, sum, count);
      add_to(b->sums + channels + c, squares, count);
    }
  }
  for (int c = b->begin; c < b->end; c++) {
    const double shift = b->sums[c] / b->rows, square = b->sums[channels + c] / b->rows;
    const double variance = square - shift * shift;
    b->mean[c] = (f32)(b->x[c] + shift);
    b->variance[c] = (f32)(variance > 0 ? variance : 0);
  }
}

/* y = (x - mean) gamma / sqrt(variance + epsilon) + beta */
EXPORT(norm_apply)(const Norm *b) {
  const int channels = b->channels;
  for (int row = b->begin; row < b->end; row += BLOCK) {
    const int rows = least(BLOCK, b->end - row);
    for (int c = 0; c < channels; c += 4) {
      const int count = least(4, channels - c);
      const v4 scale = wasm_f32x4_mul(load_some(b->gamma + c, count), inverse_of(b, c, count));
      const v4 mean = load_some(b->mean + c, count), shift = load_some(b->beta + c, count);
      const f32 *x = b->x + row * channels + c;
      f32 *y = b->y + row * channels + c;
      for (int r = 0; r < rows; r++, x += channels, y += channels) {
        const v4 value = madd(wasm_f32x4_sub(load_some(x, count), mean), scale, shift);
        store_some(y, b->relu ? relu4(value) : value, count);
      }
    }
  }
}

/* dy where the activation let the value through, else 0. */
INLINE v4 through(const f32 *dy, v4 hat, v4 gamma, v4 beta, int relu, int count) {
  const v4 value = load_some(dy, count);
  if (!relu) return value;
  return wasm_v128_and(value, wasm_f32x4_gt(madd(hat, gamma, beta), zero4()));
}

/*
 * The gradient (Ioffe and Szegedy 2015, section 3, put together), with hat = (x - mean) / sqrt(variance + epsilon):
 * dbeta = sum dy, dgamma = sum dy hat, dx = gamma / sqrt(variance + epsilon) (dy - dbeta / n - hat dgamma / n).
 */
EXPORT(norm_gradient_sums)(const Norm *b) {
  const int channels = b->channels;
  clear_sums(b);
  for (int row = 0; row < b->rows; row += BLOCK) {
    const int rows = least(BLOCK, b->rows - row);
    for (int c = b->begin; c < b->end; c += 4) {
      const int count = least(4, b->end - c);
      const v4 inverse = inverse_of(b, c, count), mean = load_some(b->mean + c, count);
      const v4 gamma = load_some(b->gamma + c, count), beta = load_some(b->beta + c, count);
      const f32 *x = b->x + row * channels + c, *dy = b->dy + row * channels + c;
      v4 sum = zero4(), product = zero4();
      for (int r = 0; r < rows; r++, x += channels, dy += channels) {
        const v4 hat = wasm_f32x4_mul(wasm_f32x4_sub(load_some(x, count), mean), inverse);
        const v4 d = through(dy, hat, gamma, beta, b->relu, count);
        sum = wasm_f32x4_add(sum, d);
        product = madd(d, hat, product);
      }
      add_to(b->sums + c, sum, count);
      add_to(b->sums + channels + c, product, count);
    }
  }
  for (int c = b->begin; c < b->end; c++) {
    b->dbeta[c] = (f32)b->sums[c];
    b->dgamma[c] = (f32)b->sums[channels + c];
  }
}

EXPORT(norm_gradient)(const Norm *b) {
  const int channels = b->channels;
  const v4 over = wasm_f32x4_splat(1.0f / (f32)b->rows);
  for (int row = b->begin; row < b->end; row += BLOCK) {
    const int rows = least(BLOCK, b->end - row);
    for (int c = 0; c < channels; c += 4) {
      const int count = least(4, channels - c);
      const v4 inverse = inverse_of(b, c, count), mean = load_some(b->mean + c, count);
      const v4 gamma = load_some(b->gamma + c, count), beta = load_some(b->beta + c, count);
      const v4 scale = wasm_f32x4_mul(gamma, inverse);
      const v4 sum = wasm_f32x4_mul(load_some(b->dbeta + c, count), over);
      const v4 product = wasm_f32x4_mul(load_some(b->dgamma + c, count), over);
      const f32 *x = b->x + row * channels + c, *dy = b->dy + row * channels + c;
      f32 *dx = b->dx + row * channels + c;
      for (int r = 0; r < rows; r++, x += channels, dy += channels, dx += channels) {
        const v4 hat = wasm_f32x4_mul(wasm_f32x4_sub(load_some(x, count), mean), inverse);
        const v4 d = wasm_f32x4_sub(through(dy, hat, gamma, beta, b->relu, count), sum);
        store_some(dx, wasm_f32x4_mul(scale, wasm_f32x4_sub(d, wasm_f32x4_mul(hat, product))), count);
      }
    }
  }
}
