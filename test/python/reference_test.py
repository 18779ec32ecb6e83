"""The reference against closed forms, and small modules against formulas written out in one piece."""
import contextlib
import io
import json
import math
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np

from vspec import checkpoint, reference

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"


def rows_of(*positions, slot=0, token=0):
    return np.array([(slot, position, token) for position in positions])


class OperationsTest(unittest.TestCase):
    def test_norm_of_equal_numbers_is_one(self):
        x = np.full((2, 8), 3, np.float32)
        np.testing.assert_allclose(reference.rms_norm(x, np.ones((1, 8)), 0), np.ones((2, 8)), rtol=1e-6)

    def test_norm_takes_each_head_by_itself(self):
        x = np.array([[1, 1, 10, 10]], np.float32)
        gain = np.array([[1, 2]], np.float32)
        np.testing.assert_allclose(reference.rms_norm(x, gain, 0, heads=2), [[1, 2, 1, 2]], rtol=1e-6)

    def test_norm_of_heads_may_have_a_gain_as_long_as_the_row(self):
        x = np.array([[1, 1, 10, 10]], np.float32)
        np.testing.assert_allclose(reference.rms_norm(x, np.array([[1, 2, 3, 4]], np.float32), 0, heads=2), [[1, 2, 3, 4]], rtol=1e-6)

    def test_norm_of_zeros_is_zero(self):
        self.assertTrue((reference.rms_norm(np.zeros((1, 4), np.float32), np.ones((1, 4)), 1e-5) == 0).all())

    def test_layer_norm_takes_the_mean_off(self):
        x = np.array([[5, 7, 5, 7]], np.float32)  # mean 6, deviation 1
        gain, bias = np.array([[1, 1, 2, 2]], np.float32), np.array([[0, 10, 0, 10]], np.float32)
        np.testing.assert_allclose(reference.layer_norm(x, gain, 0), [[-1, 1, -2, 2]], rtol=1e-6)
        np.testing.assert_allclose(reference.layer_norm(x, gain, 3, bias), [[-0.5, 10.5, -1, 11]], rtol=1e-6)

    def test_layer_norm_takes_each_head_by_itself_with_its_own_gain(self):
        x = np.array([[5, 7, 10, 30]], np.float32)
        gain = np.array([[1, 2, 3, 4]], np.float32)
        np.testing.assert_allclose(reference.layer_norm(x, gain, 0, heads=2), [[-1, 2, -3, 4]], rtol=1e-6)

    def test_embed_adds_learned_positions(self):
        tokens, positions = np.array([[1, 2], [3, 4]], np.float32), np.array([[10, 20], [30, 40], [50, 60]], np.float32)
        rows = np.array([(0, 2, 1), (0, 0, 0)])
        np.testing.assert_array_equal(reference.embed(tokens, rows), [[3, 4], [1, 2]])
        np.testing.assert_array_equal(reference.embed(tokens, rows, positions), [[53, 64], [11, 22]])

    def test_quantize_keeps_integers_up_to_the_largest(self):
        x = np.array([[127, -3, 0, 64, 1]], np.float32)
        np.testing.assert_array_equal(reference.quantize(x, 8), x)

    def test_quantize_rounds_to_nearest_even_in_each_block(self):
        # 0.5 and 1.5 of a scale of 1; then a block with a scale of its own, cut short by the row's end.
        x = np.array([[127, 0.5, 1.5, -2.5, 254, 3]], np.float32)
        np.testing.assert_array_equal(reference.quantize(x, 4), [[127, 0, 2, -2, 254, 4]])

    def test_quantize_of_zeros_is_zero(self):
        self.assertTrue((reference.quantize(np.zeros((2, 5), np.float32), 4) == 0).all())

    def test_round_bf16_keeps_eight_bits_and_ties_to_even(self):
        x = np.array([[1, 1 + 2**-8, 1 + 3 * 2**-8, -(1 + 2**-7 + 2**-20), 0]], np.float32)
        np.testing.assert_array_equal(reference.round_bf16(x), [[1, 1, 1 + 2**-6, -(1 + 2**-7), 0]])

    def test_permute_columns_takes_columns_in_order(self):
        x = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
        np.testing.assert_array_equal(reference.permute_columns(x, np.array([[2, 0, 1]], np.float32)), [[3, 1, 2], [6, 4, 5]])

    def test_rope_turns_halves(self):
        x = np.array([[1, 10, 0, 0]], np.float32)  # one head: pairs (1, 0) and (10, 0)
        turned = reference.rope(x, rows_of(3), 1, [0.5, 0.25])
        np.testing.assert_allclose(turned, [[math.cos(1.5), 10 * math.cos(0.75), math.sin(1.5), 10 * math.sin(0.75)]], rtol=1e-6)

    def test_rope_leaves_what_has_no_frequency(self):
        x = np.array([[1, 0, 5, 6]], np.float32)  # the pair (1, 0) turns
        turned = reference.rope(x, rows_of(3), 1, [0.5], attention_factor=2)
        np.testing.assert_allclose(turned, [[2 * math.cos(1.5), 2 * math.sin(1.5), 5, 6]], rtol=1e-6)

    def test_scale_and_soft_cap(self):
        x = np.array([[-100, 0, 1]], np.float32)
        np.testing.assert_array_equal(reference.scale(x, 0.5), [[-50, 0, 0.5]])
        np.testing.assert_allclose(reference.soft_cap(x, 2), [[-2, 0, 2 * math.tanh(0.5)]], rtol=1e-6)

    def test_scale_columns(self):
        x = np.array([[1, 2], [3, 4]], np.float32)
        np.testing.assert_array_equal(reference.scale_columns(x, np.array([[2, 0.5]])), [[2, 1], [6, 2]])

    def test_weighted_sum(self):
        x, y = np.array([[1, 2], [3, 4]], np.float32), np.array([[10, 20], [30, 40]], np.float32)
        np.testing.assert_array_equal(reference.weighted_sum([x, y], [1, -1]), [[-9, -18], [-27, -36]])
        weights = np.array([[9, 0, 1], [9, 2, -1]], np.float32)
        np.testing.assert_array_equal(reference.weighted_sum([x, y], [1, 0], weights, first=1), [[11, 22], [-21, -28]])

    def test_take_part(self):
        np.testing.assert_array_equal(reference.take_part(np.arange(12).reshape(2, 6), 1, 3), [[2, 3], [8, 9]])

    def test_sum_parts(self):
        np.testing.assert_array_equal(reference.sum_parts(np.arange(12, dtype=np.float32).reshape(2, 6), 3), [[6, 9], [24, 27]])

    def test_sparse_linears_skip_zeros(self):
        gates, x = np.array([[0, 2, -1], [1, 0, 0]], np.float32), np.array([[1, 2], [3, 4]], np.float32)
        weight = np.array([[1, 1], [2, 0], [0, np.inf]], np.float32)  # of row 1 infinity meets a gate of zero
        np.testing.assert_array_equal(reference.gated_linear(gates, x, weight, "relu2"), [[0, 4 * 2, 0 * np.inf], [7, 0, 0]])
        np.testing.assert_array_equal(reference.sparse_linear(gates, weight, 2), [[4, 0, 0, -np.inf], [1, 1, 0, 0]])
        np.testing.assert_array_equal(reference.sparse_linear(gates, weight), [[4, -np.inf], [1, 1]])

    def test_excess_keeps_what_lies_above_the_mean(self):
        x = np.array([[1, 1, 1, 5]], np.float32)  # mean 2, deviation sqrt 3
        np.testing.assert_allclose(reference.excess(x, 0.5), [[0, 0, 0, 3 - math.sqrt(3) / 2]], rtol=1e-6)
        np.testing.assert_allclose(reference.excess(x, -1), [[math.sqrt(3) - 1] * 3 + [3 + math.sqrt(3)]], rtol=1e-6)

    def test_match_magnitude(self):
        x, like = np.array([[3, 4], [1e-3, 0]], np.float32), np.array([[6, 8], [0, 2]], np.float32)
        np.testing.assert_allclose(reference.match_magnitude(x, like, 1e-4), [[6, 8], [math.sqrt(2) * 0.1, 0]], rtol=1e-6)

    def test_norm_without_gain(self):
        np.testing.assert_allclose(reference.rms_norm(np.array([[3, 4, 5, 12]], np.float32), None, 0, heads=2),
                                   np.array([[3, 4, 5, 12]]) / [[math.sqrt(12.5)] * 2 + [math.sqrt(84.5)] * 2], rtol=1e-6)

    def test_embed_takes_a_row_for_tokens_without_one(self):
        np.testing.assert_array_equal(reference.embed(np.array([[1, 2], [3, 4]]), rows_of(0, token=7), stand_in=1), [[3, 4]])

    def test_embed_scales(self):
        np.testing.assert_array_equal(reference.embed(np.array([[1, 2], [3, 4]]), rows_of(0, token=1), scale=2.0), [[6, 8]])

    def test_rope_leaves_columns_without_a_frequency(self):
        x = np.array([[1, 2, 8, 9, 3, 4, 6, 7]], np.float32)  # two heads: one pair turns, two columns stay
        turned = reference.rope(x, rows_of(3), 2, [0.5])
        cos, sin = math.cos(1.5), math.sin(1.5)
        np.testing.assert_allclose(turned, [[cos - 2 * sin, 2 * cos + sin, 8, 9, 3 * cos - 4 * sin, 4 * cos + 3 * sin, 6, 7]], rtol=1e-5)

    def test_rope_depends_on_distance_only(self):
        generator = np.random.default_rng(0)
        q, k = generator.standard_normal((2, 1, 8)).astype(np.float32)
        frequencies = [1, 0.1, 0.01, 0.001]
        turn = lambda x, position: reference.rope(x, rows_of(position), 1, frequencies)
        near = (turn(q, 7) * turn(k, 4)).sum()
        far = (turn(q, 107) * turn(k, 104)).sum()
        self.assertAlmostEqual(near, far, places=4)

    def test_activations(self):
        x, one = np.array([[-1000, -1, 0, 2]], np.float32), np.ones((1, 4), np.float32)
        expected = {
            "silu": [0, -1 / (1 + math.e), 0, 2 / (1 + math.exp(-2))],
            "relu2": [0, 0, 0, 4],
            "gelu": [0, -0.15865525, 0, 1.9544997],
            "gelu_tanh": [0, -0.15880801, 0, 1.9545977],
        }
        for name, values in expected.items():
            np.testing.assert_allclose(reference.gate(x, one, name), [values], rtol=1e-6, atol=1e-30, err_msg=name)
            np.testing.assert_allclose(reference.activate(x, name), [values], rtol=1e-6, atol=1e-30, err_msg=name)

    def test_clamped_swish(self):
        x, value = np.array([[0, 2, 100, 1, 1]], np.float32), np.array([[3, 1, 0, 100, -100]], np.float32)
        swish = lambda x: x / (1 + math.exp(-1.702 * x))
        np.testing.assert_allclose(reference.gate(x, value, "clamped_swish"), [[0, 2 * swish(2), swish(7), 8 * swish(1), -6 * swish(1)]], rtol=1e-6)

    def test_quantize_takes_each_part_by_itself(self):
        x = np.array([[127, 0.5, 1000, 254, 3, 0]], np.float32)
        np.testing.assert_array_equal(reference.quantize(x, 2, parts=2), [[127, 0, 1000, 254, 4, 0]])

    def test_scale_rows(self):
        x = np.ones((2, 3), np.float32)
        np.testing.assert_allclose(reference.scale_rows(x, np.array([[0], [2]])), x * [[0.5], [1 / (1 + math.exp(-2))]], rtol=1e-6)

    def test_select_rows_keeps_the_order_asked_for(self):
        x = np.arange(6, dtype=np.float32).reshape(3, 2)
        np.testing.assert_array_equal(reference.select_rows(x, [2, 0, 2]), [[4, 5], [0, 1], [4, 5]])


class ExpertsTest(unittest.TestCase):
    LOGITS = np.array([[1, 3, 3, 2], [5, 0, 0, 0]], np.float32)

    def test_the_first_of_equal_logits_is_chosen(self):
        routes = reference.route(self.LOGITS, 3, "softmax")
        np.testing.assert_array_equal(routes.chosen, [[1, 2, 3], [0, 1, 2]])

    def test_scores(self):
        e = np.exp([3.0, 3.0, 2.0])
        for scores, expected in (("softmax", e / np.exp(self.LOGITS[0]).sum()), ("softmax_of_chosen", e / e.sum()),
                                 ("sigmoid", e / (1 + e)), ("sigmoid_of_chosen", e / (1 + e) / (e / (1 + e)).sum())):
            np.testing.assert_allclose(reference.route(self.LOGITS, 3, scores, 2.0).weights[0], 2 * expected, rtol=1e-6, err_msg=scores)

    def test_a_row_meets_the_matrices_that_it_chose(self):
        stack = np.concatenate([np.eye(2) * (10**i) for i in range(4)])
        routes = reference.route(self.LOGITS, 2, "softmax")
        x = np.array([[1, 2], [3, 4]], np.float32)
        once = reference.linear(x, stack, routes)
        np.testing.assert_array_equal(once, [[10, 20, 100, 200], [3, 4, 30, 40]])
        # Part by part, and biases of experts.
        np.testing.assert_array_equal(reference.linear(once, stack, routes), [[100, 200, 10000, 20000], [3, 4, 300, 400]])
        np.testing.assert_array_equal(reference.add_bias(once, np.arange(8).reshape(4, 2), routes) - once, [[2, 3, 4, 5], [0, 1, 2, 3]])

    def test_combine_weighs_the_choices(self):
        routes = reference.Routes(np.array([[2, 0]]), np.array([[0.25, 0.5]]), 3)
        np.testing.assert_array_equal(reference.combine(np.array([[4, 8, 1, 2]], np.float32), routes), [[1.5, 3]])


class CacheTest(unittest.TestCase):
    def cache(self, **changes):
        return reference.Cache({"heads": 1, "head_size": 4, "window": 0, "k": "", "v": "", "capacity": 0, "ring": False, **changes})

    def test_formats_keep_what_they_can_say(self):
        codes = np.array([[7, -7, 3, 0, 1, -2, 5, 6]], np.float32)
        for format in ("", "f32", "f16", "int4"):
            np.testing.assert_array_equal(reference.as_stored(codes / 8, format, 8), codes / 8, err_msg=format)
        wide = np.array([[127, -127, 64, 1]], np.float32)
        np.testing.assert_array_equal(reference.as_stored(wide, "int8", 4), wide)
        self.assertTrue((reference.as_stored(np.zeros((1, 4)), "int4", 4) == 0).all())

    def test_a_large_number_coarsens_only_its_own_group(self):
        head = np.array([[7, 1, 2, 3, 700, 1, 2, 3, 7, 1, 2, 3]], np.float32)
        np.testing.assert_array_equal(reference.as_stored(head, "int4", 4), [[7, 1, 2, 3, 700, 0, 0, 0, 7, 1, 2, 3]])
        # The last group is short.
        np.testing.assert_array_equal(reference.as_stored(head, "int4", 8), [[0, 0, 0, 0, 700, 0, 0, 0, 7, 1, 2, 3]])

    def test_groups_of_keys_divide_the_head(self):
        sizes = (128, 80, 72, 12)
        self.assertEqual([reference.key_group(size) for size in sizes], [32, 16, 8, 4])
        self.assertEqual([reference.value_group(size) for size in sizes], [32, 16, 16, 16])

    def test_one_token_gives_its_value(self):
        cache = self.cache()
        key, value = np.random.default_rng(0).standard_normal((2, 1, 4)).astype(np.float32)
        cache.append(key, value, rows_of(0))
        np.testing.assert_allclose(cache.attend(key, rows_of(0), 1, 1.0), value, rtol=1e-6)

    def test_integer_keys_meet_rounded_queries(self):
        # 0.4 / 127 of the query's largest number rounds to zero, so both keys score alike.
        query, keys = np.array([[127, 0.4, 0, 0]], np.float32), np.array([[0, 1, 0, 0], [0, 7, 0, 0]], np.float32)
        values = np.array([[1, 1, 1, 1], [3, 3, 3, 3]], np.float32)
        for format, same in (("int8", True), ("int4", True), ("f16", False), ("f32", False)):
            cache = self.cache(k=format)
            cache.append(keys, values, rows_of(0, 1))
            self.assertEqual((cache.attend(query, rows_of(1), 1, 1.0) == 2).all(), same, format)

    def test_integer_values_meet_rounded_weights(self):
        # exp(-6) is less than half of 1 / 127, so the last token's value is lost; alone in the next 32 tokens it is not.
        least = np.exp(-6) / (1 + np.exp(-6))
        for format, last, lost in (("int8", 1, True), ("int4", 1, True), ("int8", 32, False), ("f16", 1, False), ("f32", 32, False)):
            keys, values = np.zeros((2, last + 1, 4), np.float32)
            keys[:, 0] = -30  # what lies between weighs nothing
            keys[0, 0], keys[last, 0] = 6, 0
            values[0], values[last, 0] = 1, 1
            cache = self.cache(v=format)
            cache.append(keys, values, rows_of(*range(last + 1)))
            seen = cache.attend(np.ones((1, 4), np.float32), rows_of(last), 1, 1.0)[0]
            expected = [1 - least if lost else 1, 1 - least, 1 - least, 1 - least]
            np.testing.assert_allclose(seen, expected, rtol=1e-3, err_msg=f"{format} {last}")

    def test_equal_keys_give_the_mean_of_what_is_seen(self):
        cache = self.cache(window=2)
        values = np.arange(12, dtype=np.float32).reshape(3, 4)
        cache.append(np.zeros((3, 4), np.float32), values, rows_of(0, 1, 2))
        seen = cache.attend(np.ones((3, 4), np.float32), rows_of(0, 1, 2), 1, 1.0)
        np.testing.assert_allclose(seen, [values[0], values[:2].mean(axis=0), values[1:].mean(axis=0)], rtol=1e-6)

    def test_slots_do_not_see_each_other(self):
        cache = self.cache()
        for slot in (0, 1):
            cache.append(np.zeros((1, 4), np.float32), np.full((1, 4), slot, np.float32), rows_of(0, slot=slot))
        np.testing.assert_array_equal(cache.attend(np.ones((1, 4), np.float32), rows_of(0, slot=1), 1, 1.0), np.ones((1, 4)))

    def test_query_heads_share_cache_heads(self):
        cache = self.cache(heads=2)
        cache.append(np.zeros((1, 8), np.float32), np.arange(8, dtype=np.float32)[None], rows_of(0))
        out = cache.attend(np.ones((1, 16), np.float32), rows_of(0), 4, 1.0)
        np.testing.assert_array_equal(out.reshape(4, 4), [[0, 1, 2, 3], [0, 1, 2, 3], [4, 5, 6, 7], [4, 5, 6, 7]])


def operation(name, operands, results, **attributes):
    return {"op": name, "operands": operands, "results": results, "attributes": attributes}


def weight(rows, columns):
    return {"rows": rows, "columns": columns, "source": "", "transforms": []}


class RecurrenceTest(unittest.TestCase):
    """In pieces of 3 rows, with another session's rows between them."""

    def in_pieces(self, run, *inputs):
        parts = []
        for begin in range(0, len(inputs[0]), 3):
            piece = [x[begin : begin + 3] for x in inputs]
            positions = range(begin, begin + len(piece[0]))
            parts.append(run(*piece, rows_of(*positions, slot=1)))
            run(*(x + 1 for x in piece), rows_of(*positions, slot=0))
        return np.concatenate(parts)

    def test_a_convolution_is_a_sum_over_shifted_inputs(self):
        random = np.random.RandomState(1)
        x, weight, bias = (random.standard_normal(shape).astype(np.float32) for shape in ((8, 5), (5, 4), (1, 5)))
        padded = np.concatenate([np.zeros((3, 5)), x])
        sums = bias + sum(weight[:, k] * padded[k : k + 8] for k in range(4))
        convolution = reference.Convolution([3, 5])
        found = self.in_pieces(lambda x, rows: convolution.run([x], rows, weight, bias), x)
        np.testing.assert_allclose(found, sums / (1 + np.exp(-sums)), rtol=1e-5, atol=1e-6)
        without = reference.Convolution([3, 5]).run([x[:1, :2], x[:1, 2:]], rows_of(0), weight)
        np.testing.assert_allclose(without, reference.gate(x[:1] * weight[:, 3], np.ones((1, 5)), "silu"), rtol=1e-5)

    def test_a_scan_is_a_product_with_a_lower_triangular_matrix(self):
        heads, size, width, groups, rows = 4, 3, 2, 2, 7
        random = np.random.RandomState(2)
        x, dt, bias, skip = (random.standard_normal(shape).astype(np.float32) for shape in ((rows, 20), (rows, heads), (1, heads), (1, heads)))
        decay = -np.exp(random.standard_normal((1, heads)))
        step = np.clip(np.log1p(np.exp(dt + bias)), 0.3, 1)
        b, c = (np.repeat(part.reshape(rows, groups, size), 2, axis=1) for part in (x[:, 8:14], x[:, 14:]))
        passed = np.cumsum(step * decay, axis=0)
        matrix = np.tril(np.exp(passed[:, None] - passed).transpose(2, 0, 1)) * np.einsum("thn,shn->hts", c, b) * step.T[:, None]
        v = x[:, :8].reshape(rows, heads, width)
        expected = np.einsum("hts,shp->thp", matrix, v) + skip[0][:, None] * v
        scan = reference.Scan([heads, size, width])
        found = self.in_pieces(lambda x, dt, rows: scan.run(x, dt, rows, decay, skip, bias, groups, 0.3, 1), x, dt)
        np.testing.assert_allclose(found, expected.reshape(rows, -1), rtol=1e-4, atol=1e-5)


    def test_a_delta_rule_replaces_what_was_stored_under_a_key(self):
        heads, size, width, groups, rows = 4, 3, 2, 2, 6
        random = np.random.RandomState(3)
        x, dt, beta, bias = (random.standard_normal(shape).astype(np.float32) for shape in ((rows, 20), (rows, heads), (rows, heads), (1, heads)))
        decay = -np.exp(random.standard_normal((1, heads)))
        q, k = (np.repeat(part.reshape(rows, groups, size), 2, axis=1) for part in (x[:, :6], x[:, 6:12]))
        q, k = (part / np.sqrt((part**2).sum(axis=-1, keepdims=True) + 1e-6) for part in (q, k))
        state, expected = np.zeros((heads, size, width)), []
        for t in range(rows):
            for h in range(heads):
                share = 1 / (1 + np.exp(-beta[t, h]))
                forget = np.exp(decay[0, h] * np.log1p(np.exp(dt[t, h] + bias[0, h])))
                rest = forget * (np.eye(size) - share * np.outer(k[t, h], k[t, h]))
                state[h] = rest @ state[h] + share * np.outer(k[t, h], x[t, 12 + 2 * h : 14 + 2 * h])
                expected.append(state[h].T @ q[t, h] / np.sqrt(size))
        delta = reference.GatedDelta([heads, size, width])
        found = self.in_pieces(lambda x, dt, beta, rows: delta.run(x, dt, beta, rows, decay, bias, groups), x, dt, beta)
        np.testing.assert_allclose(found, np.reshape(expected, (rows, -1)), rtol=1e-4, atol=1e-5)


class ModulesTest(unittest.TestCase):
    """A model of one layer: embedding, attention with a residual, logits by the embedding."""

    HIDDEN, VOCABULARY, HEADS = 8, 5, 2

    def module(self):
        h = self.HIDDEN
        body = [
            operation("embed", [0], [2], weight="table"),
            operation("rms_norm", [2], [3], gain="gain", epsilon=1e-5),
            operation("linear", [3], [4], weight="q"),
            operation("add_bias", [4], [5], bias="bias"),
            operation("rope", [5, 0], [6], heads=2, frequencies=[1, 0.5]),
            operation("kv_append", [6, 3, 0], [], cache="cache.0"),
            operation("attention", [6, 0], [7], cache="cache.0", heads=2, scale=0.5),
            operation("gate", [7, 3], [8], activation="silu"),
            operation("add", [2, 8], [9]),
            operation("select_rows", [9, 1], [10]),
            operation("linear", [10], [11], weight="table"),
            operation("return", [11], []),
        ]
        cache = {"heads": 2, "head_size": 4, "window": 0, "k": "", "v": "", "capacity": 0, "ring": False}
        return {
            "weights": {"table": weight(self.VOCABULARY, h), "gain": weight(1, h), "q": weight(h, h), "bias": weight(1, h)},
            "caches": {"cache.0": cache},
            "step": {"arguments": [0, 1], "operations": body},
        }

    def session(self, module=None, seed=0):
        module = module or self.module()
        generator = np.random.default_rng(seed)
        draw = lambda w: generator.standard_normal((w["rows"], w["columns"])).astype(np.float32)
        return reference.Session(module, {name: draw(w) for name, w in sorted(module["weights"].items())})

    def expected(self, weights, tokens, sinks=(-np.inf, -np.inf)):
        """Everything at once, in complex numbers where RoPE turns."""
        x = weights["table"][tokens].astype(np.float64)
        n = x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5) * weights["gain"]
        heads = (n @ weights["q"].T + weights["bias"]).reshape(len(tokens), 2, 2, 2)  # [token, head, half, pair]
        turned = (heads[:, :, 0] + 1j * heads[:, :, 1]) * np.exp(1j * np.outer(np.arange(len(tokens)), [1, 0.5]))[:, None]
        scores = 0.5 * np.einsum("qhd,khd->hqk", turned, turned.conj()).real
        scores[:, ~np.tri(len(tokens), dtype=bool)] = -np.inf
        weights_of_tokens = np.exp(scores) / (np.exp(scores).sum(axis=2, keepdims=True) + np.exp(sinks)[:, None, None])
        a = np.einsum("hqk,khd->qhd", weights_of_tokens, n.reshape(len(tokens), 2, 4)).reshape(len(tokens), -1)
        return (x + a / (1 + np.exp(-a)) * n) @ weights["table"].T

    def test_a_layer_is_its_formula(self):
        session, tokens = self.session(), [1, 4, 0, 2]
        np.testing.assert_allclose(session.logits(tokens), self.expected(session.weights, tokens), rtol=1e-4, atol=1e-5)

    def test_sinks_take_their_share(self):
        module = self.module()
        module["weights"]["sinks"] = weight(1, self.HEADS)
        module["step"]["operations"][6]["attributes"]["sinks"] = "sinks"
        session, tokens = self.session(module), [1, 4, 0, 2]
        np.testing.assert_allclose(session.logits(tokens), self.expected(session.weights, tokens, session.weights["sinks"][0]), rtol=1e-4, atol=1e-5)

    def test_the_cut_of_a_prompt_does_not_matter(self):
        whole, cut, tokens = self.session(), self.session(), [1, 4, 0, 2, 3]
        first, second = cut.logits(tokens[:2]), cut.logits(tokens[2:], position=2)
        np.testing.assert_allclose(whole.logits(tokens), np.concatenate([first, second]), rtol=1e-6, atol=1e-6)

    def test_sessions_of_a_step_do_not_disturb_each_other(self):
        session = self.session()
        mixed = session.step([(0, 0, 1), (1, 0, 3), (0, 1, 4), (1, 1, 2)], [2, 3])
        np.testing.assert_allclose(mixed[0], self.session().logits([1, 4])[1], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(mixed[1], self.session().logits([3, 2])[1], rtol=1e-6, atol=1e-6)

    def test_fusing_changes_nothing(self):
        module = self.module()
        body = module["step"]["operations"]
        inside = [operation("rms_norm", [20], [21], gain="gain", epsilon=1e-5), operation("linear", [21], [22], weight="q")]
        fused = operation("fused", [2], [3, 4])
        fused["body"] = {"arguments": [20], "operations": [*inside, operation("yield", [21, 22], [])]}
        body[1:3] = [fused]
        np.testing.assert_array_equal(self.session(module).logits([1, 4, 0]), self.session().logits([1, 4, 0]))

    def test_parts_merge_to_the_whole(self):
        for format, sinks in (("f16", {}), ("int8", {"sinks": "sinks"})):
            whole, parts = self.module(), self.module()
            for module in (whole, parts):
                module["caches"]["cache.0"].update(k=format, v=format, capacity=150)
                module["step"]["operations"][6]["attributes"].update(split=64, **sinks)
                module["weights"]["sinks"] = weight(1, self.HEADS)
            attention = parts["step"]["operations"][6]
            attention["results"] = [30, 31]
            merge = operation("merge_splits", [30, 31, 0], [7], heads=2, split=64, **sinks)
            parts["step"]["operations"].insert(7, merge)
            tokens = [i * 7 % self.VOCABULARY for i in range(140)]
            np.testing.assert_allclose(self.session(parts).logits(tokens), self.session(whole).logits(tokens), rtol=1e-5, atol=1e-5)

    def test_a_cache_in_few_bits_is_near(self):
        plain = self.session().logits([1, 4, 0])
        for format, bound in (("f16", 1e-2), ("int8", 0.1), ("int4", 1.5)):
            module = self.module()
            module["caches"]["cache.0"].update(k=format, v=format, capacity=16)
            difference = np.abs(self.session(module).logits([1, 4, 0]) - plain).max()
            self.assertTrue(0 < difference < bound, (format, difference))

    def test_a_weight_of_another_shape_is_refused(self):
        module = self.module()
        with self.assertRaisesRegex(ValueError, r"weight table is \(5, 7\), expected \(5, 8\)"):
            reference.Session(module, {**self.session().weights, "table": np.zeros((5, 7), np.float32)})

    def test_an_unknown_operation_is_refused(self):
        module = self.module()
        module["step"]["operations"][0]["op"] = "conv2d"
        with self.assertRaisesRegex(ValueError, "operation 'conv2d' has no meaning here"):
            self.session(module).logits([1])

    def test_the_command_checks_texts(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            session = self.session()
            for name, array in session.weights.items():
                np.save(folder / f"{name}.npy", array)
            (folder / "module.json").write_text(json.dumps(self.module()))
            vocabulary = str(DATA / "models/stories260K-f32.gguf")
            tokens = list(self.session().greedy([1], 4))
            golden = checkpoint.decode(checkpoint.Gguf(vocabulary).metadata, [1, *tokens])
            command = ["reference", str(folder), "--prompt", "1", "--steps", "4"]
            command += ["--vocabulary", vocabulary, "--check", str(folder / "golden.txt")]
            for text, passes in ((golden, True), (golden + "x", False)):
                (folder / "golden.txt").write_text(text)
                with mock.patch.object(sys, "argv", command), contextlib.redirect_stdout(io.StringIO()):
                    if passes:
                        reference.main()
                    else:
                        self.assertRaisesRegex(SystemExit, "the text differs from", reference.main)


class CheckpointTest(unittest.TestCase):
    def test_unpermute_makes_halves_of_pairs(self):
        # Two heads of four rows, stored as pairs: row 10 h + i of the first half, 10 h + 5 + i of the second.
        pairs = np.array([[0], [5], [1], [6], [10], [15], [11], [16]])
        np.testing.assert_array_equal(checkpoint.unpermute_heads(pairs, 2).T, [[0, 1, 5, 6, 10, 11, 15, 16]])
        np.testing.assert_array_equal(checkpoint.unpermute_heads(pairs.T, 2), [[0, 1, 5, 6, 10, 11, 15, 16]])

    def test_recipes_apply_their_transforms_in_order(self):
        tensors = {"w": np.arange(8, dtype=np.float32).reshape(4, 2), "s": np.array([2], np.float32)}
        source = mock.Mock(tensor=tensors.get)
        recipe = {"rows": 4, "columns": 2, "source": "w", "transforms": [{"unpermute_heads": 1}, {"scale_by": "s"}]}
        np.testing.assert_array_equal(checkpoint.follow_recipe(recipe, source), [[0, 2], [8, 10], [4, 6], [12, 14]])

    def test_recipes_take_parts_and_add_one(self):
        tensors = {"qkv": np.arange(8, dtype=np.float32).reshape(4, 2), "gain": np.array([0.5, -1], np.float32)}
        source = mock.Mock(tensor=tensors.get)
        part = {"rows": 2, "columns": 2, "source": "qkv", "transforms": [{"take_rows": {"count": 2, "first": 1, "every": 4}}]}
        np.testing.assert_array_equal(checkpoint.follow_recipe(part, source), [[2, 3], [4, 5]])
        gain = {"rows": 1, "columns": 2, "source": "gain", "transforms": [{"plus_one": True}]}
        np.testing.assert_array_equal(checkpoint.follow_recipe(gain, source), [[1.5, 0]])
        decay = {"rows": 1, "columns": 2, "source": "gain", "transforms": [{"negative_exp": True}]}
        np.testing.assert_allclose(checkpoint.follow_recipe(decay, source), [[-math.exp(0.5), -math.exp(-1)]], rtol=1e-7)

    def test_recipes_take_rows_of_what_is_stored_transposed(self):
        stored = np.arange(12, dtype=np.float32).reshape(2, 6)
        source = mock.Mock(tensor=lambda name: stored if name == "w" else stored[0])
        transforms = [{"transpose": True}, {"take_rows": {"count": 1, "first": 2, "every": 3}}]
        recipe = {"rows": 2, "columns": 2, "source": "w", "transforms": transforms}
        np.testing.assert_array_equal(checkpoint.follow_recipe(recipe, source), [[2, 8], [5, 11]])
        # A bias has columns.
        recipe = {"rows": 1, "columns": 2, "source": "b", "transforms": transforms[1:]}
        np.testing.assert_array_equal(checkpoint.follow_recipe(recipe, source), [[2, 5]])

    def test_transforms_of_a_stack_are_of_each_matrix(self):
        stored = np.arange(24, dtype=np.float32).reshape(2, 3, 4)  # two matrices of four rows, transposed
        source = mock.Mock(tensor=lambda name: stored if name == "w" else stored[:, 0])
        transforms = [{"transpose": True}, {"take_rows": {"count": 1, "first": 1, "every": 2}}]
        recipe = {"rows": 4, "columns": 3, "matrices": 2, "source": "w", "transforms": transforms}
        np.testing.assert_array_equal(checkpoint.follow_recipe(recipe, source), [[1, 5, 9], [3, 7, 11], [13, 17, 21], [15, 19, 23]])
        recipe = {"rows": 2, "columns": 2, "matrices": 2, "source": "b", "transforms": transforms[1:]}
        np.testing.assert_array_equal(checkpoint.follow_recipe(recipe, source), [[1, 3], [13, 15]])

    def test_gguf_reader_reads_stories(self):
        stories = checkpoint.Gguf(DATA / "models/stories260K-f32.gguf")
        self.assertEqual(stories.metadata["llama.embedding_length"], 64)
        self.assertEqual(stories.tensor("blk.0.attn_k.weight").shape, (32, 64))
        self.assertEqual(checkpoint.decode(stories.metadata, [1, 403, 407]), "Once upon")


if __name__ == "__main__":
    unittest.main()
