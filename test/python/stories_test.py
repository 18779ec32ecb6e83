"""The compiler's stages against each other and against a text that another program made: stories260K through the reference.

stories260K-greedy.txt: llama2.c in f32, from token 1 alone, 200 steps of argmax.
"""
import json
import math
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

from vspec import checkpoint, reference

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE.parents[0] / "data/models/stories260K-f32.gguf"
COMPILER = pathlib.Path(os.environ.get("VSPEC_BUILD", "")) / "bin/vspec-compile"
PROMPT = [1, 403, 407, 261, 378, 432]


@unittest.skipUnless(COMPILER.is_file(), "VSPEC_BUILD names no build with vspec-compile")
class StoriesTest(unittest.TestCase):
    def session(self, *options):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([COMPILER, MODEL, "--emit=json", "-q", "-o", folder, *options], check=True)
            module = json.loads((pathlib.Path(folder) / "module.json").read_text())
            return reference.Session(module, checkpoint.load_weights(module, folder))

    def text(self, session, steps):
        return checkpoint.decode(checkpoint.Gguf(MODEL).metadata, [1, *session.greedy([1], steps)])

    def test_the_imported_model_tells_the_golden_story(self):
        golden = (HERE / "stories260K-greedy.txt").read_text().strip("\n")
        self.assertEqual(self.text(self.session("--stop-after=import"), 200), golden)

    def test_the_compilers_weights_are_those_of_the_file(self):
        session = self.session("--stop-after=import")
        for name, weight in checkpoint.load_weights(session.module, MODEL).items():
            np.testing.assert_array_equal(session.weights[name], weight, err_msg=name)

    def test_fusing_changes_no_bit(self):
        before, after = (self.session(f"--stop-after={stage}", "--weights=int4") for stage in ("plan-kv", "fuse"))
        np.testing.assert_array_equal(before.logits(PROMPT), after.logits(PROMPT))

    def test_int8_is_near_and_int4_farther(self):
        exact = self.session("--stop-after=import").logits(PROMPT)
        near, far = (self.session("--stop-after=plan-kv", f"--weights={w}", f"--kv={w}").logits(PROMPT) for w in ("int8", "int4"))
        error = lambda logits: math.sqrt(((logits - exact) ** 2).mean()) / exact.std()
        self.assertTrue(0 < error(near) < 0.05, error(near))
        self.assertTrue(error(near) < error(far) < 1, error(far))


if __name__ == "__main__":
    unittest.main()
