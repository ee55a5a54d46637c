/** Gated recurrent units (Cho et al., 2014) that say what follows: `[batch, time, 3]` to `[batch, 1]`. */
import type { Tensor3D } from "@tensorflow/tfjs-core"
import * as Nn from "anneal/Nn"

const hidden = 32

export const gru = Nn.model(
  "gru",
  Nn.struct(
    {
      rnn: Nn.gru({ inputs: 3, hidden, layers: 2, state: true }),
      norm: Nn.layerNorm(hidden),
      out: Nn.dense({ inputs: hidden, outputs: 1 })
    },
    ({ rnn, norm, out }, x: Tensor3D, { tf }) => {
      const { state } = rnn(x)
      const [, last = state] = tf.unstack(state)
      return out(norm(last))
    }
  ),
  { input: [24, 3] }
)
