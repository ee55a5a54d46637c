/* Copies of four-byte words in another order: slices, reversed axes, axes in another order. */
#include "common.h"

typedef struct {
  const int *lengths, *strides; /* of each axis of the result; strides in words of the source, maybe negative */
  int rank, run;                /* words that follow each other in both, for each place of the axes */
} Order;

INLINE void copy_words(const f32 *from, f32 *to, int count) {
  int i = 0;
  for (; i + 4 <= count; i += 4) store4(to + i, load4(from + i));
  for (; i < count; i++) to[i] = from[i];
}

/* Copies everything from `axis` on; gives back where the next word goes. */
static f32 *copy_axis(const Order *o, int axis, const f32 *from, f32 *to) {
  const int length = o->lengths[axis], stride = o->strides[axis];
  if (axis < o->rank - 1) {
    for (int i = 0; i < length; i++) to = copy_axis(o, axis + 1, from + i * stride, to);
    return to;
  }
  for (int i = 0; i < length; i++, to += o->run) copy_words(from + i * stride, to, o->run);
  return to;
}

/* The rank is at least 1. */
EXPORT(copy)(const f32 *from, f32 *to, const int *lengths, const int *strides, int rank, int run) {
  const Order order = {lengths, strides, rank, run};
  copy_axis(&order, 0, from, to);
}
