"""Decodes the blocks of docs/AddingAFormat.md in numpy, writes them as an f32 model and compares its logits with the decoder's.

    check_pairs.py pairs.gguf pairs.vspec
"""
import subprocess
import sys

import numpy as np

sys.path[:0] = [".", "examples"]
import gguf_blocks


def decode(blocks):
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    total, difference = (blocks[:, 2:] & 15).astype(np.float32) - 8, (blocks[:, 2:] >> 4).astype(np.float32) - 8
    weights = np.empty((len(blocks), 32), np.float32)
    weights[:, 0::2], weights[:, 1::2] = scale * (total + difference), scale * (total - difference)
    return weights


# Encoding again shows what the page's encoder gave each f32 matrix.
import encode

gguf_blocks.rewrite("models/stories260K-f32.gguf", "plain.gguf", 0, 32,
                    lambda weights: decode(encode.encode(weights).astype(np.uint8)).view(np.uint8).reshape(len(weights), -1))
run = lambda *words: subprocess.run(words, check=True)
open("ids", "w").write("1 403 407 261 378 30")
for name, words in {"pairs": ["--format-library", "pairs.mlir", "--weights=*.down=f32"], "plain": ["--weights=f32"]}.items():
    run("vspec-compile", "-q", name + ".gguf", "-o", name + ".f.vspec", "--activations=f32", "--kv=f32", "--target=cpu:v3", *words)
    run("vspec-eval", name + ".f.vspec", "--tokens", "ids", "--logits", name + ".npy")
got, want = np.load("pairs.npy"), np.load("plain.npy")
error = np.abs(got - want).max() / np.abs(want).max()
print(error)
sys.exit(not error < 1e-5)
