"""What the operations on state mean: caches of keys and values, and the states of recurrences."""
import math

import numpy as np

from vspec.operations import ACTIVATIONS, POSITION, SLOT, f32, quantize


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
