/** A Transformer's encoder (Vaswani et al., 2017) that sorts texts: `[batch, 32]` indices of words to logits `[batch, 2]`. */
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core"
import * as Nn from "anneal/Nn"

const [words, places, width] = [1000, 32, 64]

const parts = {
  norm1: Nn.layerNorm(width),
  attention: Nn.multiHeadAttention({ width, heads: 4, dropout: 0.1 }),
  norm2: Nn.layerNorm(width),
  feed: Nn.sequential([
    Nn.dense({ inputs: width, outputs: 4 * width }),
    Nn.gelu,
    Nn.dropout(0.1),
    Nn.dense({ inputs: 4 * width, outputs: width })
  ])
}

const block = Nn.struct(parts, ({ norm1, attention, norm2, feed }, x: Tensor3D, { tf }) => {
  const seen = tf.add<Tensor3D>(x, attention(norm1(x)))
  return tf.add<Tensor3D>(seen, feed(norm2(seen)))
})

const embedding = Nn.embedding({ count: words, width })
const position = Nn.learntPosition({ places, width })
const head = Nn.dense({ inputs: width, outputs: 2 })

export const transformer = Nn.model(
  "transformer",
  Nn.struct(
    { embedding, position, blocks: Nn.sequential([block, block]), head },
    (net, x: Tensor2D, { tf }) => net.head(tf.mean<Tensor2D>(net.blocks(net.position(net.embedding(x))), 1))
  ),
  { input: (tf) => tf.zeros([1, places], "int32") }
)
