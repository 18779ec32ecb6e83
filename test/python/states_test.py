"""Caches and recurrences against closed forms."""
import unittest

import numpy as np

from rows import rows_of
from vspec import operations, states


class CacheTest(unittest.TestCase):
    def cache(self, **changes):
        return states.Cache({"heads": 1, "head_size": 4, "window": 0, "k": "", "v": "", "capacity": 0, "ring": False, **changes})

    def test_formats_keep_what_they_can_say(self):
        codes = np.array([[7, -7, 3, 0, 1, -2, 5, 6]], np.float32)
        for format in ("", "f32", "f16", "int4"):
            np.testing.assert_array_equal(states.as_stored(codes / 8, format, 8), codes / 8, err_msg=format)
        wide = np.array([[127, -127, 64, 1]], np.float32)
        np.testing.assert_array_equal(states.as_stored(wide, "int8", 4), wide)
        self.assertTrue((states.as_stored(np.zeros((1, 4)), "int4", 4) == 0).all())

    def test_a_large_number_coarsens_only_its_own_group(self):
        head = np.array([[7, 1, 2, 3, 700, 1, 2, 3, 7, 1, 2, 3]], np.float32)
        np.testing.assert_array_equal(states.as_stored(head, "int4", 4), [[7, 1, 2, 3, 700, 0, 0, 0, 7, 1, 2, 3]])
        # The last group is short.
        np.testing.assert_array_equal(states.as_stored(head, "int4", 8), [[0, 0, 0, 0, 700, 0, 0, 0, 7, 1, 2, 3]])

    def test_groups_of_keys_divide_the_head(self):
        sizes = (128, 80, 72, 12)
        self.assertEqual([states.key_group(size) for size in sizes], [32, 16, 8, 4])
        self.assertEqual([states.value_group(size) for size in sizes], [32, 16, 16, 16])

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
        convolution = states.Convolution([3, 5])
        found = self.in_pieces(lambda x, rows: convolution.run([x], rows, weight, bias), x)
        np.testing.assert_allclose(found, sums / (1 + np.exp(-sums)), rtol=1e-5, atol=1e-6)
        without = states.Convolution([3, 5]).run([x[:1, :2], x[:1, 2:]], rows_of(0), weight)
        np.testing.assert_allclose(without, operations.gate(x[:1] * weight[:, 3], np.ones((1, 5)), "silu"), rtol=1e-5)

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
        scan = states.Scan([heads, size, width])
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
        delta = states.GatedDelta([heads, size, width])
        found = self.in_pieces(lambda x, dt, beta, rows: delta.run(x, dt, beta, rows, decay, bias, groups), x, dt, beta)
        np.testing.assert_allclose(found, np.reshape(expected, (rows, -1)), rtol=1e-4, atol=1e-5)


if __name__ == "__main__":
    unittest.main()
