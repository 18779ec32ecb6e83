"""The readers of weights, and the transforms of their recipes."""
import math
import pathlib
import unittest
from unittest import mock

import numpy as np

from vspec import checkpoint

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"


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
