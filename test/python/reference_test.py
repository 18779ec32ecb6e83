"""Small modules against formulas written out in one piece."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np

from vspec import checkpoint, reference

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"


def operation(name, operands, results, **attributes):
    return {"op": name, "operands": operands, "results": results, "attributes": attributes}


def weight(rows, columns):
    return {"rows": rows, "columns": columns, "source": "", "transforms": []}


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


if __name__ == "__main__":
    unittest.main()
