"""Operations on activations against closed forms."""
import math
import unittest

import numpy as np

from rows import rows_of
from vspec import operations


class OperationsTest(unittest.TestCase):
    def test_norm_of_equal_numbers_is_one(self):
        x = np.full((2, 8), 3, np.float32)
        np.testing.assert_allclose(operations.rms_norm(x, np.ones((1, 8)), 0), np.ones((2, 8)), rtol=1e-6)

    def test_norm_takes_each_head_by_itself(self):
        x = np.array([[1, 1, 10, 10]], np.float32)
        gain = np.array([[1, 2]], np.float32)
        np.testing.assert_allclose(operations.rms_norm(x, gain, 0, heads=2), [[1, 2, 1, 2]], rtol=1e-6)

    def test_norm_of_heads_may_have_a_gain_as_long_as_the_row(self):
        x = np.array([[1, 1, 10, 10]], np.float32)
        np.testing.assert_allclose(operations.rms_norm(x, np.array([[1, 2, 3, 4]], np.float32), 0, heads=2), [[1, 2, 3, 4]], rtol=1e-6)

    def test_norm_of_zeros_is_zero(self):
        self.assertTrue((operations.rms_norm(np.zeros((1, 4), np.float32), np.ones((1, 4)), 1e-5) == 0).all())

    def test_layer_norm_takes_the_mean_off(self):
        x = np.array([[5, 7, 5, 7]], np.float32)  # mean 6, deviation 1
        gain, bias = np.array([[1, 1, 2, 2]], np.float32), np.array([[0, 10, 0, 10]], np.float32)
        np.testing.assert_allclose(operations.layer_norm(x, gain, 0), [[-1, 1, -2, 2]], rtol=1e-6)
        np.testing.assert_allclose(operations.layer_norm(x, gain, 3, bias), [[-0.5, 10.5, -1, 11]], rtol=1e-6)

    def test_layer_norm_takes_each_head_by_itself_with_its_own_gain(self):
        x = np.array([[5, 7, 10, 30]], np.float32)
        gain = np.array([[1, 2, 3, 4]], np.float32)
        np.testing.assert_allclose(operations.layer_norm(x, gain, 0, heads=2), [[-1, 2, -3, 4]], rtol=1e-6)

    def test_embed_adds_learned_positions(self):
        tokens, positions = np.array([[1, 2], [3, 4]], np.float32), np.array([[10, 20], [30, 40], [50, 60]], np.float32)
        rows = np.array([(0, 2, 1), (0, 0, 0)])
        np.testing.assert_array_equal(operations.embed(tokens, rows), [[3, 4], [1, 2]])
        np.testing.assert_array_equal(operations.embed(tokens, rows, positions), [[53, 64], [11, 22]])

    def test_quantize_keeps_integers_up_to_the_largest(self):
        x = np.array([[127, -3, 0, 64, 1]], np.float32)
        np.testing.assert_array_equal(operations.quantize(x, 8), x)

    def test_quantize_rounds_to_nearest_even_in_each_block(self):
        # 0.5 and 1.5 of a scale of 1; then a block with a scale of its own, cut short by the row's end.
        x = np.array([[127, 0.5, 1.5, -2.5, 254, 3]], np.float32)
        np.testing.assert_array_equal(operations.quantize(x, 4), [[127, 0, 2, -2, 254, 4]])

    def test_quantize_of_zeros_is_zero(self):
        self.assertTrue((operations.quantize(np.zeros((2, 5), np.float32), 4) == 0).all())

    def test_round_bf16_keeps_eight_bits_and_ties_to_even(self):
        x = np.array([[1, 1 + 2**-8, 1 + 3 * 2**-8, -(1 + 2**-7 + 2**-20), 0]], np.float32)
        np.testing.assert_array_equal(operations.round_bf16(x), [[1, 1, 1 + 2**-6, -(1 + 2**-7), 0]])

    def test_permute_columns_takes_columns_in_order(self):
        x = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
        np.testing.assert_array_equal(operations.permute_columns(x, np.array([[2, 0, 1]], np.float32)), [[3, 1, 2], [6, 4, 5]])

    def test_rope_turns_halves(self):
        x = np.array([[1, 10, 0, 0]], np.float32)  # one head: pairs (1, 0) and (10, 0)
        turned = operations.rope(x, rows_of(3), 1, [0.5, 0.25])
        np.testing.assert_allclose(turned, [[math.cos(1.5), 10 * math.cos(0.75), math.sin(1.5), 10 * math.sin(0.75)]], rtol=1e-6)

    def test_rope_leaves_what_has_no_frequency(self):
        x = np.array([[1, 0, 5, 6]], np.float32)  # the pair (1, 0) turns
        turned = operations.rope(x, rows_of(3), 1, [0.5], attention_factor=2)
        np.testing.assert_allclose(turned, [[2 * math.cos(1.5), 2 * math.sin(1.5), 5, 6]], rtol=1e-6)

    def test_scale_and_soft_cap(self):
        x = np.array([[-100, 0, 1]], np.float32)
        np.testing.assert_array_equal(operations.scale(x, 0.5), [[-50, 0, 0.5]])
        np.testing.assert_allclose(operations.soft_cap(x, 2), [[-2, 0, 2 * math.tanh(0.5)]], rtol=1e-6)

    def test_scale_columns(self):
        x = np.array([[1, 2], [3, 4]], np.float32)
        np.testing.assert_array_equal(operations.scale_columns(x, np.array([[2, 0.5]])), [[2, 1], [6, 2]])

    def test_weighted_sum(self):
        x, y = np.array([[1, 2], [3, 4]], np.float32), np.array([[10, 20], [30, 40]], np.float32)
        np.testing.assert_array_equal(operations.weighted_sum([x, y], [1, -1]), [[-9, -18], [-27, -36]])
        weights = np.array([[9, 0, 1], [9, 2, -1]], np.float32)
        np.testing.assert_array_equal(operations.weighted_sum([x, y], [1, 0], weights, first=1), [[11, 22], [-21, -28]])

    def test_take_part(self):
        np.testing.assert_array_equal(operations.take_part(np.arange(12).reshape(2, 6), 1, 3), [[2, 3], [8, 9]])

    def test_sum_parts(self):
        np.testing.assert_array_equal(operations.sum_parts(np.arange(12, dtype=np.float32).reshape(2, 6), 3), [[6, 9], [24, 27]])

    def test_sparse_linears_skip_zeros(self):
        gates, x = np.array([[0, 2, -1], [1, 0, 0]], np.float32), np.array([[1, 2], [3, 4]], np.float32)
        weight = np.array([[1, 1], [2, 0], [0, np.inf]], np.float32)  # of row 1 infinity meets a gate of zero
        np.testing.assert_array_equal(operations.gated_linear(gates, x, weight, "relu2"), [[0, 4 * 2, 0 * np.inf], [7, 0, 0]])
        np.testing.assert_array_equal(operations.sparse_linear(gates, weight, 2), [[4, 0, 0, -np.inf], [1, 1, 0, 0]])
        np.testing.assert_array_equal(operations.sparse_linear(gates, weight), [[4, -np.inf], [1, 1]])

    def test_excess_keeps_what_lies_above_the_mean(self):
        x = np.array([[1, 1, 1, 5]], np.float32)  # mean 2, deviation sqrt 3
        np.testing.assert_allclose(operations.excess(x, 0.5), [[0, 0, 0, 3 - math.sqrt(3) / 2]], rtol=1e-6)
        np.testing.assert_allclose(operations.excess(x, -1), [[math.sqrt(3) - 1] * 3 + [3 + math.sqrt(3)]], rtol=1e-6)

    def test_match_magnitude(self):
        x, like = np.array([[3, 4], [1e-3, 0]], np.float32), np.array([[6, 8], [0, 2]], np.float32)
        np.testing.assert_allclose(operations.match_magnitude(x, like, 1e-4), [[6, 8], [math.sqrt(2) * 0.1, 0]], rtol=1e-6)

    def test_norm_without_gain(self):
        np.testing.assert_allclose(operations.rms_norm(np.array([[3, 4, 5, 12]], np.float32), None, 0, heads=2),
                                   np.array([[3, 4, 5, 12]]) / [[math.sqrt(12.5)] * 2 + [math.sqrt(84.5)] * 2], rtol=1e-6)

    def test_embed_takes_a_row_for_tokens_without_one(self):
        np.testing.assert_array_equal(operations.embed(np.array([[1, 2], [3, 4]]), rows_of(0, token=7), stand_in=1), [[3, 4]])

    def test_embed_scales(self):
        np.testing.assert_array_equal(operations.embed(np.array([[1, 2], [3, 4]]), rows_of(0, token=1), scale=2.0), [[6, 8]])

    def test_rope_leaves_columns_without_a_frequency(self):
        x = np.array([[1, 2, 8, 9, 3, 4, 6, 7]], np.float32)  # two heads: one pair turns, two columns stay
        turned = operations.rope(x, rows_of(3), 2, [0.5])
        cos, sin = math.cos(1.5), math.sin(1.5)
        np.testing.assert_allclose(turned, [[cos - 2 * sin, 2 * cos + sin, 8, 9, 3 * cos - 4 * sin, 4 * cos + 3 * sin, 6, 7]], rtol=1e-5)

    def test_rope_depends_on_distance_only(self):
        generator = np.random.default_rng(0)
        q, k = generator.standard_normal((2, 1, 8)).astype(np.float32)
        frequencies = [1, 0.1, 0.01, 0.001]
        turn = lambda x, position: operations.rope(x, rows_of(position), 1, frequencies)
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
            np.testing.assert_allclose(operations.gate(x, one, name), [values], rtol=1e-6, atol=1e-30, err_msg=name)
            np.testing.assert_allclose(operations.activate(x, name), [values], rtol=1e-6, atol=1e-30, err_msg=name)

    def test_clamped_swish(self):
        x, value = np.array([[0, 2, 100, 1, 1]], np.float32), np.array([[3, 1, 0, 100, -100]], np.float32)
        swish = lambda x: x / (1 + math.exp(-1.702 * x))
        np.testing.assert_allclose(operations.gate(x, value, "clamped_swish"), [[0, 2 * swish(2), swish(7), 8 * swish(1), -6 * swish(1)]], rtol=1e-6)

    def test_quantize_takes_each_part_by_itself(self):
        x = np.array([[127, 0.5, 1000, 254, 3, 0]], np.float32)
        np.testing.assert_array_equal(operations.quantize(x, 2, parts=2), [[127, 0, 1000, 254, 4, 0]])

    def test_scale_rows(self):
        x = np.ones((2, 3), np.float32)
        np.testing.assert_allclose(operations.scale_rows(x, np.array([[0], [2]])), x * [[0.5], [1 / (1 + math.exp(-2))]], rtol=1e-6)

    def test_select_rows_keeps_the_order_asked_for(self):
        x = np.arange(6, dtype=np.float32).reshape(3, 2)
        np.testing.assert_array_equal(operations.select_rows(x, [2, 0, 2]), [[4, 5], [0, 1], [4, 5]])


class ExpertsTest(unittest.TestCase):
    LOGITS = np.array([[1, 3, 3, 2], [5, 0, 0, 0]], np.float32)

    def test_the_first_of_equal_logits_is_chosen(self):
        routes = operations.route(self.LOGITS, 3, "softmax")
        np.testing.assert_array_equal(routes.chosen, [[1, 2, 3], [0, 1, 2]])

    def test_scores(self):
        e = np.exp([3.0, 3.0, 2.0])
        for scores, expected in (("softmax", e / np.exp(self.LOGITS[0]).sum()), ("softmax_of_chosen", e / e.sum()),
                                 ("sigmoid", e / (1 + e)), ("sigmoid_of_chosen", e / (1 + e) / (e / (1 + e)).sum())):
            np.testing.assert_allclose(operations.route(self.LOGITS, 3, scores, 2.0).weights[0], 2 * expected, rtol=1e-6, err_msg=scores)

    def test_a_row_meets_the_matrices_that_it_chose(self):
        stack = np.concatenate([np.eye(2) * (10**i) for i in range(4)])
        routes = operations.route(self.LOGITS, 2, "softmax")
        x = np.array([[1, 2], [3, 4]], np.float32)
        once = operations.linear(x, stack, routes)
        np.testing.assert_array_equal(once, [[10, 20, 100, 200], [3, 4, 30, 40]])
        # Part by part, and biases of experts.
        np.testing.assert_array_equal(operations.linear(once, stack, routes), [[100, 200, 10000, 20000], [3, 4, 300, 400]])
        np.testing.assert_array_equal(operations.add_bias(once, np.arange(8).reshape(4, 2), routes) - once, [[2, 3, 4, 5], [0, 1, 2, 3]])

    def test_combine_weighs_the_choices(self):
        routes = operations.Routes(np.array([[2, 0]]), np.array([[0.25, 0.5]]), 3)
        np.testing.assert_array_equal(operations.combine(np.array([[4, 8, 1, 2]], np.float32), routes), [[1.5, 3]])


if __name__ == "__main__":
    unittest.main()
