"""Makes layers.json: outputs, gradients, statistics and first values, by PyTorch and torchvision. Run: python3 layers.py

Layers.test.ts has a case of the same name for each. Inputs and parameters are `series`, which the test computes too, so
only results are stored: channels last, parameters in the library's layouts. PyTorch computes in float64, so that what is
left is our rounding.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F
import torchvision

GOLDEN = 0.6180339887498949


def series(shape, seed, low=-1.0, high=1.0):
    """Fractions of i² times the golden ratio, which look random and are the same in every language; then float32."""
    n = math.prod(shape)
    values = [low + (high - low) * (((i + 1) * (i + 1) * GOLDEN + seed * 0.2718281828) % 1) for i in range(n)]
    return torch.tensor(values, dtype=torch.float32).double().reshape(shape)


def first(x):
    """Channels to axis 1, where PyTorch has them."""
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def filter2d(w):
    """`[height, width, inputs, outputs]` as PyTorch's `[outputs, inputs, height, width]`."""
    return w.permute(3, 2, 0, 1)


def filter1d(w):
    return w.permute(2, 1, 0)


def depthwise(w):
    """`[height, width, channels, multiplier]` as `[channels · multiplier, 1, height, width]`."""
    return w.permute(2, 3, 0, 1).reshape(-1, 1, *w.shape[:2])


def short(x):
    """Seven digits, what float32 holds; whole numbers without a point."""
    numbers = [float(f"{v:.7g}") for v in x.detach().flatten().tolist()]
    return [int(v) if v == int(v) else v for v in numbers]


def initial(name, shape, index):
    if name.endswith("running_var"):
        return series(shape, 10 + index, 0.5, 2)
    return series(shape, 10 + index)


cases = {}


def case(name, shape, compute, parameters=None, statistics=(), span=(-1.0, 1.0)):
    """`compute(x, p)` of channels-last x in `span` and parameters by name; it updates the `statistics` in place."""
    assert name not in cases, name
    x = series(shape, 1, *span).requires_grad_()
    values = {key: initial(key, side, i) for i, (key, side) in enumerate((parameters or {}).items())}
    trained = {key: value.requires_grad_() for key, value in values.items() if "running_" not in key}
    y = compute(x, values)
    (y * series(y.shape, 2)).sum().backward()
    cases[name] = {
        "input": list(shape),
        "span": list(span),
        "shape": list(y.shape),
        "output": short(y),
        "gradient": short(x.grad),
        "parameters": {
            key: {"shape": list(value.shape), **({"gradient": short(value.grad)} if key in trained else {})}
            for key, value in values.items()
        },
        "statistics": {key: short(values[key]) for key in statistics},
    }


# Dense.

DENSE = {"weight": [3, 4], "bias": [4]}


def linear(x, p, prefix=""):
    bias = p.get(prefix + "bias")
    y = x @ p[prefix + "weight"]
    return y if bias is None else y + bias


case("dense", [5, 3], linear, DENSE)
case("dense of sequences without bias", [2, 3, 3], linear, {"weight": [3, 4]})
for mode in ["train", "evaluate"]:
    case(f"dense with relu, {mode}", [5, 3], lambda x, p: linear(x, p, "0.").relu(),
         {"0.weight": [3, 4], "0.bias": [4]})

# Convolutions.


def same(length, kernel, stride, dilation):
    """The zeros of TensorFlow's SAME before and after an axis."""
    total = max(0, (-(-length // stride) - 1) * stride + (kernel - 1) * dilation + 1 - length)
    return total // 2, total - total // 2


def pair(value):
    return value if isinstance(value, list) else [value, value]


def sides(shape, kernel, stride, dilation, padding):
    """Left, right, top, bottom, as F.pad takes them."""
    if padding == "valid":
        return 0, 0, 0, 0
    if padding == "same":
        top, bottom = same(shape[1], kernel[0], stride[0], dilation[0])
        left, right = same(shape[2], kernel[1], stride[1], dilation[1])
        return left, right, top, bottom
    (top, bottom), (left, right) = (pair(one) for one in pair(padding))
    return left, right, top, bottom


def convolution(kernel, stride=1, dilation=1, padding="same", groups=1):
    """`apply(x, p, prefix)`: channels last, with a bias if there is one."""
    kernel, stride, dilation = pair(kernel), pair(stride), pair(dilation)

    def apply(x, p, prefix=""):
        padded = F.pad(first(x), sides(x.shape, kernel, stride, dilation, padding))
        weight = p[prefix + "weight"]
        w = depthwise(weight) if groups > 1 and groups == x.shape[-1] else filter2d(weight)
        return last(F.conv2d(padded, w, p.get(prefix + "bias"), stride, 0, dilation, groups))

    return apply


def conv_parameters(kernel, inputs, outputs, groups=1, bias=True, prefix=""):
    by_channel = groups > 1 and groups == inputs
    shape = [*pair(kernel), inputs, outputs // inputs] if by_channel else [*pair(kernel), inputs // groups, outputs]
    return {prefix + "weight": shape, **({prefix + "bias": [outputs]} if bias else {})}


def conv_case(name, shape, outputs, kernel, groups=1, bias=True, **window):
    case(
        f"conv2d {name}",
        shape,
        convolution(kernel, groups=groups, **window),
        conv_parameters(kernel, shape[-1], outputs, groups, bias),
    )


conv_case("same", [2, 4, 5, 2], 3, 3)
conv_case("valid without bias", [1, 5, 4, 2], 3, 3, bias=False, padding="valid")
conv_case("same, stride 2", [1, 6, 5, 2], 3, 3, stride=2)
conv_case("padding 1, stride 2", [1, 6, 6, 2], 3, 3, stride=2, padding=1)
conv_case("3 x 2, padding 1 and 0, stride 2 and 1", [2, 5, 4, 2], 2, [3, 2], stride=[2, 1], padding=[1, 0])
conv_case("four paddings", [1, 4, 4, 2], 2, 3, padding=[[2, 0], [1, 2]])
conv_case("7 x 7, padding 3, stride 2", [1, 8, 8, 1], 2, 7, stride=2, padding=3)
conv_case("same, dilation 2", [1, 6, 5, 2], 2, 3, dilation=2)
conv_case("padding 2 and 1, dilation 2 and 1, stride 2", [1, 6, 5, 2], 2, 3, dilation=[2, 1], stride=2, padding=[2, 1])
conv_case("same, dilation 2, stride 2", [1, 6, 6, 2], 2, 3, dilation=2, stride=2)
conv_case("padding above and left, stride 2", [1, 6, 6, 2], 2, 3, stride=2, padding=[[1, 0], [1, 0]])
conv_case("1 x 1", [2, 3, 3, 3], 4, 1)
conv_case("1 x 1, stride 2", [1, 5, 4, 3], 2, 1, stride=2)
conv_case("same, stride longer than the filter", [1, 7, 7, 2], 2, 2, stride=3)
conv_case("groups", [2, 4, 3, 4], 6, 3, groups=2)
conv_case("groups, stride 2, dilation 2, padding 2", [1, 6, 6, 4], 2, 3, groups=2, stride=2, dilation=2, padding=2)
conv_case("depthwise", [2, 4, 3, 3], 3, 3, groups=3)
conv_case("depthwise, two of each, stride 2, padding 1", [1, 6, 5, 2], 4, 3, groups=2, stride=2, padding=1)
conv_case("depthwise, same, stride 2", [1, 6, 5, 2], 2, 3, groups=2, stride=2)
conv_case("depthwise, dilation 2", [1, 6, 5, 2], 2, 3, groups=2, dilation=2)
conv_case("depthwise 5 x 5, dilation 2 and 1, padding 3", [1, 6, 6, 2], 4, 5, groups=2, dilation=[2, 1], padding=3)
for mode in ["train", "evaluate"]:
    apply = convolution(3, stride=2, padding=1)
    case(f"conv2d with relu, {mode}", [1, 6, 5, 2], lambda x, p: apply(x, p, "0.").relu(),
         conv_parameters(3, 2, 3, prefix="0."))
    by_channel = convolution(3, groups=3, padding=1)
    case(f"conv2d depthwise with relu, {mode}", [1, 4, 5, 3], lambda x, p: by_channel(x, p, "0.").relu(),
         conv_parameters(3, 3, 3, groups=3, prefix="0."))


def row(w):
    return w[None]


def conv1d_case(name, shape, outputs, kernel, groups=1, bias=True, stride=1, dilation=1, padding=(0, 0)):
    by_channel = groups > 1 and groups == shape[-1]
    weight = [kernel, shape[-1], outputs // groups] if by_channel else [kernel, shape[-1] // groups, outputs]

    def compute(x, p):
        w = depthwise(row(p["weight"]))[:, :, 0] if by_channel else filter1d(p["weight"])
        return last(F.conv1d(F.pad(first(x), padding), w, p.get("bias"), stride, 0, dilation, groups))

    case(f"conv1d {name}", shape, compute, {"weight": weight, **({"bias": [outputs]} if bias else {})})


conv1d_case("same", [2, 6, 3], 4, 3, padding=(1, 1))
conv1d_case("valid without bias", [2, 6, 2], 3, 4, bias=False)
conv1d_case("padding 1, stride 2", [2, 7, 2], 3, 3, stride=2, padding=(1, 1))
conv1d_case("causal, dilation 2", [2, 7, 2], 3, 3, dilation=2, padding=(4, 0))
conv1d_case("groups", [2, 5, 4], 2, 3, groups=2, padding=(1, 1))
conv1d_case("depthwise", [2, 6, 3], 3, 5, groups=3, padding=(2, 2))


def transposed_case(name, shape, outputs, kernel, stride=1, padding=0, output_padding=0, bias=True):
    def compute(x, p):
        w = p["weight"].permute(3, 2, 0, 1)
        y = F.conv_transpose2d(first(x), w, p.get("bias"), pair(stride), pair(padding), pair(output_padding))
        return last(y)

    parameters = {"weight": [*pair(kernel), outputs, shape[-1]], **({"bias": [outputs]} if bias else {})}
    case(f"conv2dTranspose {name}", shape, compute, parameters)


transposed_case("3 x 3", [2, 3, 3, 2], 3, 3)
transposed_case("2 x 2, stride 2", [1, 3, 4, 3], 2, 2, stride=2)
transposed_case("3 x 3, stride 2, padding 1, output padding 1", [1, 3, 4, 2], 2, 3, 2, 1, 1)
transposed_case("4 x 4, stride 2, padding 1, without bias", [1, 3, 4, 2], 2, 4, 2, 1, bias=False)
transposed_case("3 x 2, stride 2 and 1, padding 1 and 0", [1, 3, 4, 2], 2, [3, 2], [2, 1], [1, 0])
transposed_case("3 x 3, stride 3, output padding 2", [1, 2, 3, 2], 2, 3, 3, 0, 2)
transposed_case("2 x 2, stride 3, output padding 1 and 0", [1, 3, 2, 2], 2, 2, 3, 0, [1, 0])

separable = convolution(3, groups=3, stride=2, padding=1)
case(
    "separableConv2d",
    [1, 6, 5, 3],
    lambda x, p: convolution(1)(separable(x, p, "depthwise."), p, "pointwise."),
    {"depthwise.weight": [3, 3, 3, 1], **conv_parameters(1, 3, 4, prefix="pointwise.")},
)

# Norms.

STATISTICS = ["running_mean", "running_var"]


def norm_parameters(channels, prefix=""):
    return {prefix + key: [channels] for key in ["weight", "bias", *STATISTICS]}


def batch_norm(x, p, train, prefix="", momentum=0.1, eps=1e-5):
    mean, variance = p[prefix + "running_mean"], p[prefix + "running_var"]
    return last(F.batch_norm(first(x), mean, variance, p[prefix + "weight"], p[prefix + "bias"], train, momentum, eps))


def norm_case(name, shape, train, **options):
    case(f"batchNorm {name}", shape, lambda x, p: batch_norm(x, p, train, **options), norm_parameters(shape[-1]),
         STATISTICS if train else (), (-2.0, 2.0))


norm_case("of pictures, train", [3, 2, 4, 3], True)
norm_case("of pictures, evaluate", [3, 2, 4, 3], False)
norm_case("of vectors, train", [7, 3], True)
norm_case("of vectors, evaluate", [7, 3], False)
norm_case("of sequences, train", [2, 5, 3], True)
norm_case("epsilon 0.01, momentum 0.3, train", [2, 3, 3, 2], True, momentum=0.3, eps=0.01)
norm_case("epsilon 0.01, evaluate", [2, 3, 3, 2], False, eps=0.01)


def keras_batch_norm(x, p):
    """The running variance divided by n, as Keras has it."""
    old = p["running_var"].clone()
    y = batch_norm(x, p, True)
    p["running_var"].data.copy_(0.9 * old + 0.1 * first(x.detach()).transpose(0, 1).flatten(1).var(1, unbiased=False))
    return y


case("batchNorm biased, train", [2, 2, 2, 3], keras_batch_norm, norm_parameters(3), STATISTICS, (-2.0, 2.0))
for mode in ["train", "evaluate"]:
    training = mode == "train"
    case(f"batchNorm with relu, {mode}", [2, 3, 3, 2], lambda x, p: batch_norm(x, p, training, "0.").relu(),
         norm_parameters(2, "0."), [f"0.{key}" for key in STATISTICS] if training else ())


def block_case(name, shape, outputs, kernel, mode, activation=True, groups=1, bias=False, **window):
    apply = convolution(kernel, groups=groups, **window)
    training = mode == "train"

    def compute(x, p):
        y = batch_norm(apply(x, p, "conv."), p, training, "norm.")
        return y.relu() if activation else y

    parameters = conv_parameters(kernel, shape[-1], outputs, groups, bias, "conv.") | norm_parameters(outputs, "norm.")
    case(f"conv2d, batchNorm {name}, {mode}", shape, compute, parameters,
         [f"norm.{key}" for key in STATISTICS] if training else ())


for mode in ["train", "evaluate"]:
    block_case("and relu", [2, 4, 3, 2], 3, 3, mode)
    block_case("stride 2, padding 1", [2, 6, 6, 2], 3, 3, mode, activation=False, stride=2, padding=1)
    block_case("depthwise and relu", [2, 4, 3, 3], 6, 3, mode, groups=3)
    block_case("groups and relu", [2, 4, 3, 4], 4, 3, mode, groups=2)
    block_case("dilation 2 and relu", [2, 5, 5, 2], 2, 3, mode, dilation=2)
block_case("with a bias", [1, 4, 3, 2], 3, 3, "evaluate", bias=True)

AFFINE = {"weight": [4], "bias": [4]}
case("layerNorm", [5, 4], lambda x, p: F.layer_norm(x, [4], p["weight"], p["bias"]), AFFINE)
case("layerNorm of sequences without bias", [2, 3, 4], lambda x, p: F.layer_norm(x, [4], p["weight"], None),
     {"weight": [4]})
case("layerNorm of pictures, epsilon 0.1", [2, 2, 3, 4],
     lambda x, p: F.layer_norm(x, [4], p["weight"], p["bias"], 0.1), AFFINE)
case("rmsNorm", [2, 3, 4], lambda x, p: F.rms_norm(x, [4], p["weight"], 2**-23), {"weight": [4]})
case("rmsNorm, epsilon 0.1", [5, 4], lambda x, p: F.rms_norm(x, [4], p["weight"], 0.1), {"weight": [4]})


def group_norm(groups, eps=1e-5):
    return lambda x, p: last(F.group_norm(first(x), groups, p.get("weight"), p.get("bias"), eps))


case("groupNorm of pictures", [2, 3, 2, 4], group_norm(2), AFFINE)
case("groupNorm of sequences, one group", [2, 5, 4], group_norm(1), AFFINE)
case("groupNorm of vectors, epsilon 0.1", [3, 4], group_norm(2, 0.1), AFFINE)
case("instanceNorm", [2, 3, 4, 4], group_norm(4), AFFINE)
case("instanceNorm without parameters", [2, 3, 4, 4], lambda x, p: last(F.instance_norm(first(x))))

# Activations, over [-8, 8].

activations = {
    "relu": F.relu,
    "relu6": F.relu6,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "silu": F.silu,
    "gelu": F.gelu,
    "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
    "hardSigmoid": F.hardsigmoid,
    "hardSwish": F.hardswish,
    "softplus": F.softplus,
    "leakyRelu": F.leaky_relu,
    "leakyRelu, 0.2": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu,
    "softmax": lambda x: F.softmax(x, -1),
    "logSoftmax": lambda x: F.log_softmax(x, -1),
    "identity": lambda x: x,
}
for name, activation in activations.items():
    case(name, [4, 7], lambda x, p: activation(x), span=(-8.0, 8.0))
case("softmax of pictures", [2, 2, 3, 4], lambda x, p: F.softmax(x, -1), span=(-8.0, 8.0))

# Pools.


def max_pool_same(x, p):
    padded = F.pad(first(x), sides(x.shape, [3, 3], [2, 2], [1, 1], "same"), value=-math.inf)
    return last(F.max_pool2d(padded, 3, 2))


def pool_case(name, shape, compute, span=(-1.0, 1.0)):
    case(name, shape, lambda x, p: last(compute(first(x))), span=span)


pool_case("maxPool 2 x 2", [2, 4, 5, 2], lambda x: F.max_pool2d(x, 2))
pool_case("maxPool 3 x 3, stride 2, padding 1", [2, 6, 6, 2], lambda x: F.max_pool2d(x, 3, 2, 1))
pool_case("maxPool of negative values, padding 1", [1, 4, 4, 2], lambda x: F.max_pool2d(x, 3, 1, 1), span=(-2.0, -1.0))
pool_case("maxPool 3 x 2, stride 2 and 1, padding 1 and 0", [1, 5, 4, 2],
          lambda x: F.max_pool2d(x, [3, 2], [2, 1], [1, 0]))
case("maxPool same, stride 2", [1, 6, 5, 2], max_pool_same)
pool_case("averagePool 2 x 2", [2, 4, 5, 2], lambda x: F.avg_pool2d(x, 2))
pool_case("averagePool 3 x 3, stride 2, padding 1", [2, 6, 5, 2], lambda x: F.avg_pool2d(x, 3, 2, 1))
pool_case("averagePool 3 x 3, padding 1", [1, 4, 4, 2], lambda x: F.avg_pool2d(x, 3, 1, 1))
pool_case("averagePool 3 x 3, stride 2, padding 1 not counted", [1, 6, 5, 2],
          lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False))
pool_case("averagePool 3 x 2, padding 1 and 0 not counted", [1, 4, 4, 2],
          lambda x: F.avg_pool2d(x, [3, 2], 1, [1, 0], count_include_pad=False))
pool_case("averagePool same", [1, 4, 5, 2], lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False))
case("globalAveragePool", [2, 3, 4, 3], lambda x, p: x.mean((1, 2)))
case("globalMaxPool", [2, 3, 4, 3], lambda x, p: x.amax((1, 2)))
pool_case("adaptiveAveragePool 1", [2, 3, 4, 3], lambda x: F.adaptive_avg_pool2d(x, 1))
pool_case("adaptiveAveragePool 2 x 3 of 4 x 6", [1, 4, 6, 2], lambda x: F.adaptive_avg_pool2d(x, [2, 3]))
pool_case("adaptiveAveragePool 2 x 3 of 5 x 7", [2, 5, 7, 2], lambda x: F.adaptive_avg_pool2d(x, [2, 3]))
pool_case("adaptiveAveragePool 5 x 4 of 3 x 4", [1, 3, 4, 2], lambda x: F.adaptive_avg_pool2d(x, [5, 4]))

# Sizes.


def resize_case(name, shape, **options):
    pool_case(f"resize {name}", shape, lambda x: F.interpolate(x, **options))


resize_case("bilinear up", [2, 4, 3, 2], size=[7, 5], mode="bilinear")
resize_case("bilinear up, corners aligned", [1, 4, 3, 2], size=[7, 5], mode="bilinear", align_corners=True)
resize_case("bilinear down", [1, 7, 6, 2], size=[3, 4], mode="bilinear")
resize_case("bilinear down, corners aligned", [1, 7, 6, 2], size=[3, 1], mode="bilinear", align_corners=True)
resize_case("bilinear, scale 2", [1, 3, 4, 2], scale_factor=2, mode="bilinear")
resize_case("bilinear, scale 2, corners aligned", [1, 3, 4, 2], scale_factor=2, mode="bilinear", align_corners=True)
resize_case("bilinear, scale 1.5 of odd sides", [1, 3, 5, 2], scale_factor=1.5, mode="bilinear")
resize_case("bilinear, scale 0.4 and 1.7", [1, 6, 3, 2], scale_factor=[0.4, 1.7], mode="bilinear")
resize_case("nearest up", [1, 4, 3, 2], size=[7, 5], mode="nearest")
resize_case("nearest down", [1, 7, 6, 2], size=[3, 4], mode="nearest")
resize_case("nearest, scale 2", [2, 3, 2, 2], scale_factor=2, mode="nearest")
resize_case("nearest, scale 1.5 of odd sides", [1, 3, 5, 2], scale_factor=1.5, mode="nearest")
resize_case("nearestExact up", [1, 4, 3, 2], size=[7, 5], mode="nearest-exact")
resize_case("nearestExact down", [1, 7, 6, 2], size=[3, 4], mode="nearest-exact")
pool_case("upsample 2", [2, 3, 2, 2], lambda x: F.interpolate(x, scale_factor=2, mode="nearest"))
pool_case("upsample 3", [1, 3, 2, 2], lambda x: F.interpolate(x, scale_factor=3, mode="nearest"))

# What moves values: TensorFlow's channel order is that of blocks, PyTorch's of channels.


def shuffled(x, p):
    in_order = x.reshape(*x.shape[:3], 4, 2).transpose(3, 4).flatten(3)
    return last(F.pixel_shuffle(first(in_order), 2))


def unshuffled(x, p):
    y = last(F.pixel_unshuffle(first(x), 2))
    return y.reshape(*y.shape[:3], 2, 4).transpose(3, 4).flatten(3)


case("depthToSpace", [2, 2, 3, 8], shuffled)
case("spaceToDepth", [2, 4, 6, 2], unshuffled)
case("flatten", [2, 2, 3, 2], lambda x, p: x.flatten(1))

# Blocks.


def squeeze_case(name, **options):
    block = torchvision.ops.SqueezeExcitation(4, 2, **options).double()

    def compute(x, p):
        names = {key: filter2d(value) if value.dim() == 4 else value for key, value in p.items()}
        return last(torch.func.functional_call(block, names, (first(x),)))

    case(f"squeezeExcite {name}", [2, 3, 3, 4], compute,
         {**conv_parameters(1, 4, 2, prefix="fc1."), **conv_parameters(1, 2, 4, prefix="fc2.")})


squeeze_case("with sigmoid")
squeeze_case("with hardSigmoid", scale_activation=torch.nn.Hardsigmoid)

body, beside = convolution(3, padding=1), convolution(1)
case("residual", [1, 4, 3, 2], lambda x, p: body(x, p) + x, conv_parameters(3, 2, 2))
case(
    "residual with a shortcut and relu",
    [1, 4, 3, 2],
    lambda x, p: (body(x, p) + beside(x, p, "downsample.")).relu(),
    {**conv_parameters(3, 2, 3), **conv_parameters(1, 2, 3, prefix="downsample.")},
)

# Initialisers: what the values of a filter [48, 32, 3, 3] deviate by and the largest of them; and the fans of layers.


def spread(initialise, times=20):
    torch.manual_seed(0)
    filters = [initialise(torch.empty(48, 32, 3, 3)) for _ in range(times)]
    values = torch.stack(filters).double()
    facts = {"deviation": values.pow(2).mean().sqrt().item(), "largest": values.abs().max().item()}
    return {key: float(f"{value:.5g}") for key, value in facts.items()}


def default(_):
    return torch.nn.Conv2d(32, 48, 3).weight.detach()


init = torch.nn.init
initialisers = {
    "heNormal": spread(lambda w: init.kaiming_normal_(w, nonlinearity="relu")),
    "heNormal, out": spread(lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu")),
    "heNormal, no gain": spread(lambda w: init.kaiming_normal_(w, nonlinearity="linear")),
    "heUniform": spread(lambda w: init.kaiming_uniform_(w, nonlinearity="relu")),
    "glorotNormal": spread(init.xavier_normal_),
    "glorotUniform": spread(init.xavier_uniform_),
    "torchDefault": spread(default),
    "normal": spread(lambda w: init.normal_(w, std=0.02)),
    "uniform": spread(lambda w: init.uniform_(w, -0.3, 0.3)),
    "truncatedNormal": spread(init.trunc_normal_),
    "truncatedNormal, 0.02": spread(lambda w: init.trunc_normal_(w, std=0.02)),
    "constant": spread(lambda w: init.constant_(w, -3)),
    "zeros": spread(init.zeros_),
    "ones": spread(init.ones_),
    "orthogonal": spread(lambda w: init.orthogonal_(w, 2), 2),
}

layers = {
    "dense": torch.nn.Linear(5, 7),
    "conv2d": torch.nn.Conv2d(4, 6, (3, 2)),
    "conv2d groups": torch.nn.Conv2d(4, 6, 3, groups=2),
    "conv2d depthwise": torch.nn.Conv2d(4, 8, 3, groups=4),
    "conv1d": torch.nn.Conv1d(4, 6, 5),
    "conv2dTranspose": torch.nn.ConvTranspose2d(4, 6, (3, 2)),
}
fans = {name: list(init._calculate_fan_in_and_fan_out(layer.weight)) for name, layer in layers.items()}

made_by = f"layers.py, torch {torch.__version__}, torchvision {torchvision.__version__}"
lines = ",\n".join(f"{json.dumps(name)}:{json.dumps(one, separators=(',', ':'))}" for name, one in cases.items())
rest = f'"initialisers":{json.dumps(initialisers)},\n"fans":{json.dumps(fans)}'
text = f'{{"made_by":{json.dumps(made_by)},\n{rest},\n"cases":{{\n{lines}\n}}}}\n'
pathlib.Path(__file__).with_name("layers.json").write_text(text)
print(len(cases), "cases,", len(text), "bytes")
