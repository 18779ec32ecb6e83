"""What the operations on activations [rows, columns] mean, those of experts too. Sums are made in f64 and results rounded to f32."""
import math
from typing import NamedTuple

import numpy as np

SLOT, POSITION, TOKEN = 0, 1, 2  # columns of the row table


def f32(x):
    return np.asarray(x, dtype=np.float32)


# --- operations on activations [rows, columns] -------------------------------------------------------------------------------


def embed(weight, rows, positions=None, scale=1.0, stand_in=None):
    """Tokens that the weight does not have take the row `stand_in`."""
    tokens = rows[:, TOKEN]
    x = f32(weight[tokens if stand_in is None else np.where(tokens < len(weight), tokens, stand_in)]) * f32(scale)
    return x if positions is None else x + f32(positions[rows[:, POSITION]])


def select_rows(x, select):
    return x[select]


def rms_norm(x, gain, epsilon, heads=1):
    parts = x.astype(np.float64).reshape(len(x), heads, -1)
    scale = 1 / np.sqrt((parts**2).mean(axis=-1, keepdims=True) + epsilon)
    return f32((parts * scale * (1 if gain is None else gain.reshape(-1, parts.shape[-1]))).reshape(x.shape))


def layer_norm(x, gain, epsilon, bias=None, heads=1):
    parts = x.astype(np.float64).reshape(len(x), heads, -1)
    parts = parts - parts.mean(axis=-1, keepdims=True)
    parts = parts / np.sqrt((parts**2).mean(axis=-1, keepdims=True) + epsilon)
    return f32(parts.reshape(x.shape) * gain.reshape(-1) + (0 if bias is None else bias.reshape(-1)))


def quantize(x, block, parts=1):
    """int8 with one scale for each block of columns; the last block may be short. Each of `parts` equal parts of a row is by itself."""
    if parts != 1:
        return quantize(x.reshape(len(x) * parts, -1), block).reshape(x.shape)
    out = np.zeros_like(x)
    for begin in range(0, x.shape[1], block):
        part = x[:, begin : begin + block]
        largest = np.abs(part).max(axis=1, keepdims=True)
        factor = np.divide(f32(127), largest, out=np.zeros_like(largest), where=largest > 0)
        codes = np.clip(np.rint(part * factor), -127, 127)
        out[:, begin : begin + block] = codes * (largest / f32(127))
    return out


def round_bf16(x):
    """To the nearest bf16, ties to even."""
    bits = x.view(np.uint32)
    return ((bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))) & np.uint32(0xFFFF0000)).view(np.float32)


def permute_columns(x, order):
    return x[:, order.reshape(-1).astype(np.int64)]


def linear(x, weight, routes=None):
    if routes:
        return expert_linear(x, weight, routes)
    return f32(x.astype(np.float64) @ weight.astype(np.float64).T)


def add_bias(x, bias, routes=None):
    if routes:
        return x + f32(bias)[routes.chosen].reshape(x.shape)
    return x + f32(bias.reshape(-1))


def add(x, y):
    return x + y


def scale(x, factor):
    return x * f32(factor)


def scale_columns(x, gain):
    return x * f32(gain.reshape(-1))


def weighted_sum(inputs, factors, weights=None, first=0):
    """The factor of each input; with weights, plus each row's own number, from column `first` on."""
    factors = f32(factors) + (f32(np.zeros((1, len(factors)))) if weights is None else weights[:, first : first + len(factors)])
    return f32(sum(x.astype(np.float64) * factors[:, i : i + 1] for i, x in enumerate(inputs)))


def take_part(x, part, parts):
    return np.split(x, parts, axis=1)[part]


def sum_parts(x, parts):
    return f32(x.astype(np.float64).reshape(len(x), parts, -1).sum(axis=1))


def excess(x, deviations):
    x = x.astype(np.float64)
    return f32(np.maximum(x - (x.mean(axis=1, keepdims=True) + deviations * x.std(axis=1, keepdims=True)), 0))


def match_magnitude(x, like, epsilon):
    x, like = x.astype(np.float64), like.astype(np.float64)
    squares = np.maximum((x**2).mean(axis=1, keepdims=True), epsilon)
    return f32(x * np.sqrt((like**2).mean(axis=1, keepdims=True) / squares))


def soft_cap(x, cap):
    return f32(cap * np.tanh(x.astype(np.float64) / cap))


ACTIVATIONS = {
    "silu": lambda x: x / (1 + np.exp(-x)),
    "gelu_tanh": lambda x: x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
    "gelu": lambda x: x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))) / 2,
    "relu2": lambda x: np.maximum(x, 0) ** 2,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


def activate(x, activation):
    return gate(x, 1, activation)


def gate(x, value, activation):
    if activation == "clamped_swish":
        x, value = np.minimum(x, 7).astype(np.float64), np.clip(value, -7, 7)
        return f32(x / (1 + np.exp(-1.702 * x)) * (value + 1))
    with np.errstate(over="ignore"):  # exp(-x) is infinite where silu is zero
        return f32(ACTIVATIONS[activation](x.astype(np.float64)) * value)


def gated_linear(gates, x, weight, activation):
    return np.where(gates == 0, np.float32(0), gate(gates, linear(x, weight), activation))


def sparse_linear(x, weight, split=1024):
    """The weight is [inputs, outputs]; each split of the inputs is a part of the result. Weights that meet a zero count as zero."""
    out = []
    for begin in range(0, x.shape[1], split):
        part, rows = x[:, begin : begin + split].astype(np.float64), weight[begin : begin + split].astype(np.float64)
        out.append(np.stack([numbers[numbers != 0] @ rows[numbers != 0] for numbers in part]))
    return f32(np.concatenate(out, axis=1))


def rope(x, rows, heads, frequencies, attention_factor=1.0):
    """Turns (x1, x2), the first and the next columns of each head, one for each frequency, by position * frequency."""
    angles = rows[:, POSITION, None].astype(np.float64) * np.asarray(frequencies, dtype=np.float64)
    cos, sin = (attention_factor * f(angles)[:, None, :] for f in (np.cos, np.sin))  # [rows, 1, frequencies]
    count = len(frequencies)
    x1, x2, rest = np.split(x.astype(np.float64).reshape(len(x), heads, -1), [count, 2 * count], axis=-1)
    return f32(np.concatenate([x1 * cos - x2 * sin, x2 * cos + x1 * sin, rest], axis=-1).reshape(x.shape))


# --- experts -----------------------------------------------------------------------------------------------------------------


class Routes(NamedTuple):
    """Of each row its choices, [rows, choices]: numbers of experts, and their weights."""

    chosen: np.ndarray
    weights: np.ndarray
    experts: int  # how many there are


def route(logits, chosen, scores, scale=1.0):
    """The greatest logits first; of equal ones the first."""
    order = np.argsort(-logits, axis=1, kind="stable")[:, :chosen]
    x = logits.astype(np.float64)
    weights = 1 / (1 + np.exp(-x)) if scores.startswith("sigmoid") else np.exp(x - x.max(axis=1, keepdims=True))
    best = np.take_along_axis(weights, order, axis=1)
    if scores.endswith("of_chosen"):
        best = best / best.sum(axis=1, keepdims=True)
    elif scores == "softmax":
        best = best / weights.sum(axis=1, keepdims=True)
    return Routes(order, f32(best * scale), logits.shape[1])


def expert_linear(x, weight, routes):
    """Each row, or its part for each choice, times the chosen matrices of a stack; the results lie one behind the other."""
    stack = weight.reshape(routes.experts, -1, weight.shape[1])
    out = [[linear(part[None], stack[expert])[0] for expert, part in zip(chosen, np.broadcast_to(parts, (len(chosen), parts.shape[1])))]
           for chosen, parts in zip(routes.chosen, x.reshape(len(x), -1, weight.shape[1]))]
    return f32(out).reshape(len(x), -1)


def combine(x, routes):
    parts = x.astype(np.float64).reshape(*routes.weights.shape, -1)
    return f32((parts * routes.weights[..., None]).sum(axis=1))


def scale_rows(x, gate):
    return f32(x / (1 + np.exp(-gate.astype(np.float64))))
