"""What every vspec operation means, in numpy: the oracle for passes and kernels.

Runs a module as `vspec-compile --emit=json` writes it, from Import to Fuse, one step at a time. Weights are arrays [rows,
columns]; whoever made them has decoded their formats and applied their transforms. Sums are made in f64 and results rounded to
f32, except where the numerics contract names each operation (quantize, cache codes): there all is f32.

    vspec-compile stories260K.gguf --stop-after=fuse --emit=json -o stories
    python3 -m vspec.reference stories --prompt 1 --steps 200 --vocabulary stories260K.gguf --check golden.txt
"""
import json
import math
import pathlib
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


# --- state -------------------------------------------------------------------------------------------------------------------


def key_group(head_size):
    """How many of a head's keys share a scale in a cache of int8 or int4."""
    return next(size for size in (32, 16, 8, 4) if head_size % size == 0)


def value_group(head_size):
    """The same of values; the last group may be short."""
    return 16 if head_size % 32 else 32


LARGEST_CODE = {"int8": 127, "int4": 7}  # of the cache formats with groups


def codes_and_scales(x, format, group):
    """How a cache of integers stores the heads x [heads, head size]: codes [heads, groups, group] and scales [heads, groups, 1]."""
    largest_code = LARGEST_CODE[format]
    padding = -x.shape[-1] % group
    groups = np.pad(f32(x), ((0, 0), (0, padding))).reshape(len(x), -1, group)
    scale = (np.abs(groups).max(axis=-1, keepdims=True) / f32(largest_code)).astype(np.float16).astype(np.float32)
    inverse = np.divide(f32(1), scale, out=np.zeros_like(scale), where=scale != 0)
    return np.clip(np.rint(groups * inverse), -largest_code, largest_code), scale


def as_stored(x, format, group):
    """What a cache of this format gives back for the heads x [heads, head size]. Empty: not planned yet, f32."""
    if format in ("", "f32"):
        return f32(x)
    if format == "f16":
        return x.astype(np.float16).astype(np.float32)
    codes, scale = codes_and_scales(x, format, group)
    return (codes * scale).reshape(len(x), -1)[:, : x.shape[-1]]


def sum_of_integers(weights, first, codes, scales):
    """The sum over tokens of weights [heads, tokens] times codes * scales, [tokens, heads, groups, group] and [tokens, heads, groups, 1].
    Weights with their scales are rounded to int8 in blocks of 32 tokens at absolute positions; `first` is that of the first token."""
    heads, tokens = weights.shape
    scaled = f32(f32(weights)[:, None, :] * np.moveaxis(scales[..., 0], 0, -1))  # [heads, groups, tokens]
    aligned = np.pad(scaled, ((0, 0), (0, 0), (first % 32, 0)))
    rounded = quantize(aligned.reshape(-1, aligned.shape[-1]), 32).reshape(aligned.shape)[..., first % 32 :]
    return np.einsum("hgt,thgc->hgc", rounded.astype(np.float64), codes.astype(np.float64)).reshape(heads, -1)


def merge(parts, sinks=None):
    """The mean that the splits [splits, heads, head size + 2] of a row make together: [heads * head size]. `sinks` are scores [heads] of
    what adds nothing."""
    if sinks is not None:
        sink = np.zeros_like(parts[:1])
        sink[..., -2], sink[..., -1] = sinks, 1
        parts = np.concatenate([parts, sink])
    sums, greatest, totals = parts[..., :-2], parts[..., -2:-1], parts[..., -1:]
    weights = np.exp(greatest - greatest.max(axis=0))
    return ((sums * weights).sum(axis=0) / (totals * weights).sum(axis=0)).reshape(-1)


def merge_splits(output, parts, rows, heads, split=512, sinks=None):
    """`output`, with rows of several splits put together from their parts."""
    merged, parts = output.copy(), parts.astype(np.float64).reshape(len(output), heads, -1, output.shape[1] // heads + 2)
    for i, row in enumerate(rows):
        if row[POSITION] >= split:
            merged[i] = merge(np.moveaxis(parts[i, :, : row[POSITION] // split + 1], 1, 0), sinks)
    return merged


class Cache:
    """The keys and values of one vspec.kv_cache, by slot and position."""

    def __init__(self, type):
        self.type = type
        self.tokens = {}  # slot -> position -> (keys, values), each [heads, head size]

    def append(self, key, value, rows):
        size = self.type["head_size"]
        shape = (self.type["heads"], size)
        for row, k, v in zip(rows, key, value):
            stored = [as_stored(k.reshape(shape), self.type["k"], key_group(size))]
            if self.type["v"] in LARGEST_CODE:
                stored += codes_and_scales(v.reshape(shape), self.type["v"], value_group(size))
            else:
                stored += [as_stored(v.reshape(shape), self.type["v"], value_group(size))]
            self.tokens.setdefault(int(row[SLOT]), {})[int(row[POSITION])] = stored

    def attend(self, query, rows, heads, scale, cap=None, split=512, sinks=None):
        return np.stack([merge(self.parts(q, row, heads, scale, cap, split), sinks) for q, row in zip(query, rows)]).astype(query.dtype)

    def attend_in_parts(self, query, rows, heads, scale, cap=None, split=512, sinks=None):
        """The output of rows of one split, and the parts of the others: [rows, heads * splits * (head size + 2)]."""
        splits = -(-self.type["capacity"] // split)
        out, parts = np.zeros_like(query), np.zeros((len(query), heads, splits, self.type["head_size"] + 2), np.float32)
        for i, (q, row) in enumerate(zip(query, rows)):
            of_row = self.parts(q, row, heads, scale, cap, split)
            if row[POSITION] < split:
                out[i] = merge(of_row, sinks)
            else:
                parts[i, :, : len(of_row)] = np.moveaxis(of_row, 0, 1)
        return out, parts.reshape(len(query), -1)

    def parts(self, query, row, heads, scale, cap, split):
        """Of each split of the tokens that a row sees its sums, the greatest score and the sum of weights: [splits, heads, head size + 2]."""
        last = int(row[POSITION])
        first = max(0, last - self.type["window"] + 1) if self.type["window"] else 0
        bounds = [first, *range(first // split * split + split, last + 1, split), last + 1]
        return np.stack([self.attend_tokens(query, int(row[SLOT]), *pair, heads, scale, cap) for pair in zip(bounds, bounds[1:])])

    def attend_tokens(self, query, slot, first, end, heads, scale, cap):
        type = self.type
        shared = heads // type["heads"]  # query heads that read the same keys
        seen = [kv for position, kv in sorted(self.tokens[slot].items()) if first <= position < end]
        keys, *values = (np.repeat(np.stack(part), shared, axis=1).astype(np.float64) for part in zip(*seen))
        q = query.reshape(heads, -1)
        if type["k"] in LARGEST_CODE:
            q = quantize(q, 32)
        scores = scale * np.einsum("hd,thd->ht", q.astype(np.float64), keys)
        if cap:
            scores = cap * np.tanh(scores / cap)
        greatest = scores.max(axis=1, keepdims=True)
        weights = np.exp(scores - greatest)
        if type["v"] in LARGEST_CODE:
            sums = sum_of_integers(weights, first, *values)[:, : type["head_size"]]
        else:
            sums = np.einsum("ht,thd->hd", weights, *values)
        return np.concatenate([sums, greatest, weights.sum(axis=1, keepdims=True)], axis=1)


class Convolution:
    """The inputs that a vspec.recurrent_state of a causal_conv1d holds, by slot: [K - 1, channels], oldest first."""

    def __init__(self, shape):
        self.shape, self.slots = shape, {}

    def run(self, inputs, rows, weight, bias=None):
        x = np.concatenate(inputs, axis=1)
        out = np.empty_like(x)
        for i, row in enumerate(rows):
            before = np.zeros(self.shape, np.float32) if row[POSITION] == 0 else self.slots[int(row[SLOT])]
            window = np.concatenate([before, x[i : i + 1]])
            total = np.einsum("kc,ck->c", window.astype(np.float64), weight.astype(np.float64))
            out[i] = ACTIVATIONS["silu"](total if bias is None else total + bias.reshape(-1))
            self.slots[int(row[SLOT])] = window[1:]
        return out


class Scan:
    """The state of an ssm_scan, by slot: [heads, N, P]."""

    def __init__(self, shape):
        self.shape, self.slots = shape, {}

    def run(self, x, dt, rows, decay, skip, dt_bias, groups, dt_least=0.0, dt_most=np.inf):
        heads, size, width = self.shape
        inner, matrix = heads * width, groups * size
        out = np.empty((len(x), inner), np.float32)
        decay, skip, dt_bias = (vector.reshape(-1).astype(np.float64) for vector in (decay, skip, dt_bias))
        for i, row in enumerate(rows):
            state = np.zeros(self.shape) if row[POSITION] == 0 else self.slots[int(row[SLOT])]
            step = np.clip(np.logaddexp(0, dt[i] + dt_bias), dt_least, dt_most)[:, None]  # softplus
            heads_x = x[i, :inner].astype(np.float64).reshape(heads, width)
            b, c = (np.repeat(x[i, begin : begin + matrix].astype(np.float64).reshape(groups, size), heads // groups, axis=0)
                    for begin in (inner, inner + matrix))
            state = state * np.exp(step * decay[:, None])[:, None] + np.einsum("hn,hp->hnp", b, step * heads_x)
            out[i] = (np.einsum("hnp,hn->hp", state, c) + skip[:, None] * heads_x).reshape(-1)
            self.slots[int(row[SLOT])] = state
        return out


class GatedDelta:
    """The state of a gated_delta, by slot: [heads, N, P]."""

    def __init__(self, shape):
        self.shape, self.slots = shape, {}

    def run(self, x, dt, beta, rows, decay, dt_bias, groups):
        heads, size, width = self.shape
        out = np.empty((len(x), heads * width), np.float32)
        kept = np.exp(decay.reshape(-1).astype(np.float64) * np.logaddexp(0, dt + dt_bias.reshape(-1).astype(np.float64)))  # [rows, heads]
        share = ACTIVATIONS["sigmoid"](beta.astype(np.float64))
        for i, row in enumerate(rows):
            state = np.zeros(self.shape) if row[POSITION] == 0 else self.slots[int(row[SLOT])]
            query, key = (part.reshape(groups, size) for part in np.split(x[i, : 2 * groups * size].astype(np.float64), 2))
            query, key = (np.repeat(part / np.sqrt((part**2).sum(axis=1, keepdims=True) + 1e-6), heads // groups, axis=0)
                          for part in (query, key))
            value = x[i, 2 * groups * size :].astype(np.float64).reshape(heads, width)
            state = state * kept[i][:, None, None]
            change = share[i][:, None] * (value - np.einsum("hnp,hn->hp", state, key))
            state = state + np.einsum("hn,hp->hnp", key, change)
            out[i] = (np.einsum("hnp,hn->hp", state, query) / math.sqrt(size)).reshape(-1)
            self.slots[int(row[SLOT])] = state
        return out


# --- modules -----------------------------------------------------------------------------------------------------------------


class Session:
    """A module, its weights by name, and the state of its sessions."""

    def __init__(self, module, weights):
        self.module, self.weights = module, weights
        for name, weight in module["weights"].items():
            shape = (weight["rows"], weight["columns"])
            if weights[name].shape != shape:
                raise ValueError(f"weight {name} is {weights[name].shape}, expected {shape}")
        self.caches = {name: Cache(type) for name, type in module["caches"].items()}
        self.states = {}  # made by their first use, which knows what they are

    def step(self, rows, select):
        """rows: (slot, position, token) of each row; select: the rows whose logits are wanted. [selected, vocabulary] f32"""
        body = self.module["step"]
        return self._run(body, [np.asarray(rows, dtype=np.int64).reshape(-1, 3), np.asarray(select, dtype=np.int64)])[0]

    def _run(self, body, inputs):
        values = dict(zip(body["arguments"], inputs))
        for op in body["operations"]:
            operands = [values[number] for number in op["operands"]]
            if op["op"] in ("return", "yield"):
                return operands
            values.update(zip(op["results"], self._perform(op, operands)))
        raise ValueError("the operations end without return or yield")

    def _perform(self, op, x):
        kind, attributes = op["op"], op["attributes"]
        weight = lambda role: self.weights[attributes[role]]
        sinks = weight("sinks").reshape(-1) if "sinks" in attributes else None
        if kind == "fused":
            return self._run(op["body"], x)
        if kind == "embed":
            learned = weight("positions") if "positions" in attributes else None
            return [embed(weight("weight"), *x, learned, attributes.get("scale", 1.0), attributes.get("stand_in"))]
        if kind == "select_rows":
            return [select_rows(*x)]
        if kind == "rms_norm":
            gain = weight("gain") if "gain" in attributes else None
            return [rms_norm(*x, gain, attributes["epsilon"], attributes.get("heads", 1))]
        if kind == "layer_norm":
            bias = weight("bias") if "bias" in attributes else None
            return [layer_norm(*x, weight("gain"), attributes["epsilon"], bias, attributes.get("heads", 1))]
        if kind == "quantize":
            return [quantize(*x, attributes["block"], attributes.get("parts", 1))]
        if kind == "round_bf16":
            return [round_bf16(*x)]
        if kind == "permute_columns":
            return [permute_columns(*x, weight("order"))]
        if kind == "linear":
            return [linear(x[0], weight("weight"), *x[1:])]
        if kind == "add_bias":
            return [add_bias(x[0], weight("bias"), *x[1:])]
        if kind == "add":
            return [add(*x)]
        if kind == "scale":
            return [scale(*x, attributes["factor"])]
        if kind == "scale_columns":
            return [scale_columns(*x, weight("gain"))]
        if kind == "weighted_sum":
            factors = attributes["factors"]
            return [weighted_sum(x[: len(factors)], factors, *x[len(factors) :], first=attributes.get("first", 0))]
        if kind == "take_part":
            return [take_part(*x, attributes["part"], attributes["parts"])]
        if kind == "sum_parts":
            return [sum_parts(*x, attributes["parts"])]
        if kind == "excess":
            return [excess(*x, attributes["deviations"])]
        if kind == "match_magnitude":
            return [match_magnitude(*x, attributes["epsilon"])]
        if kind == "soft_cap":
            return [soft_cap(*x, attributes["cap"])]
        if kind == "activate":
            return [activate(*x, attributes["activation"])]
        if kind == "gate":
            return [gate(*x, attributes["activation"])]
        if kind == "gated_linear":
            return [gated_linear(*x, weight("weight"), attributes["activation"])]
        if kind == "sparse_linear":
            return [sparse_linear(*x, weight("weight"), attributes.get("split", 1024))]
        if kind == "route":
            return [route(*x, attributes["chosen"], attributes["scores"], attributes.get("scale", 1.0))]
        if kind == "combine":
            return [combine(*x)]
        if kind == "scale_rows":
            return [scale_rows(*x)]
        if kind == "rope":
            return [rope(*x, attributes["heads"], attributes["frequencies"], attributes.get("attention_factor", 1.0))]
        if kind == "kv_append":
            return self.caches[attributes["cache"]].append(*x) or []
        if kind == "attention":
            cache = self.caches[attributes["cache"]]
            options = attributes["heads"], attributes["scale"], attributes.get("soft_cap"), attributes.get("split", 512), sinks
            return cache.attend_in_parts(*x, *options) if len(op["results"]) == 2 else [cache.attend(*x, *options)]
        if kind == "merge_splits":
            return [merge_splits(*x, attributes["heads"], attributes.get("split", 512), sinks)]
        state = lambda kind: self.states.setdefault(attributes["state"], kind(self.module["states"][attributes["state"]]))
        if kind == "causal_conv1d":
            return [state(Convolution).run(x[:-1], x[-1], weight("weight"), weight("bias") if "bias" in attributes else None)]
        if kind == "ssm_scan":
            limits = {key: attributes[key] for key in ("dt_least", "dt_most") if key in attributes}
            return [state(Scan).run(*x, weight("decay"), weight("skip"), weight("dt_bias"), attributes["groups"], **limits)]
        if kind == "gated_delta":
            return [state(GatedDelta).run(*x, weight("decay"), weight("dt_bias"), attributes["groups"])]
        raise ValueError(f"operation '{kind}' has no meaning here")

    def logits(self, tokens, position=0, slot=0):
        """Of all `tokens`, which follow the first `position` of the slot. [tokens, vocabulary]"""
        return self.step([(slot, position + i, token) for i, token in enumerate(tokens)], range(len(tokens)))

    def greedy(self, prompt, steps, stop=None):
        """Yields up to `steps` tokens after the prompt, until `stop`."""
        scores = self.logits(prompt)[-1]
        for position in range(len(prompt), len(prompt) + steps):
            token = int(scores.argmax())
            if token == stop:
                return
            yield token
            scores = self.logits([token], position)[-1]


def main():
    import argparse
    import sys

    from vspec import checkpoint

    parser = argparse.ArgumentParser(description="Runs a vspec module greedily.")
    parser.add_argument("module", help="the folder that vspec-compile --emit=json writes, or its module.json")
    parser.add_argument("--weights", help="a folder of NAME.npy (default: the module's), a GGUF file, or a Hugging Face folder")
    parser.add_argument("--prompt", type=int, nargs="+", required=True, help="tokens")
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--stop", type=int, help="token before which to stop")
    parser.add_argument("--vocabulary", help="a GGUF file whose tokenizer turns tokens into text")
    parser.add_argument("--check", help="file whose text must come out")
    options = parser.parse_args()
    if options.check and not options.vocabulary:
        parser.error("--check compares texts and needs --vocabulary")

    path = pathlib.Path(options.module)
    path = path / "module.json" if path.is_dir() else path
    module = json.loads(path.read_text())
    session = Session(module, checkpoint.load_weights(module, options.weights or path.parent))
    tokens = list(session.greedy(options.prompt, options.steps, options.stop))
    if not options.vocabulary:
        return print(*tokens)
    text = checkpoint.decode(checkpoint.Gguf(options.vocabulary).metadata, options.prompt + tokens)
    print(text)
    if options.check:
        golden = pathlib.Path(options.check).read_text()
        if text.strip("\n") != golden.strip("\n"):
            sys.exit(f"the text differs from {options.check}, which says\n{golden}")


if __name__ == "__main__":
    main()
