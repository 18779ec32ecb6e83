"""Makes two GGUF files of one small Llama: matrices of random blocks in every type of ggml, and the same weights in f32.

    ggml_model.py STORIES.gguf TYPES.gguf FLOATS.gguf

Hyperparameters and tokenizer are those of STORIES.gguf, but for the sizes. vspec-decode-blocks, which golden decodings check, makes the f32.
"""
import struct
import subprocess
import sys

import numpy as np

sys.path.insert(0, __file__.rsplit("/", 4)[0] + "/docs/examples")
from gguf_blocks import Reader, write

HIDDEN, FEED_FORWARD, CACHE, VOCABULARY, LAYERS = 256, 512, 64, 512, 4
SIZES = {"embedding_length": HIDDEN, "feed_forward_length": FEED_FORWARD, "attention.head_count": 8, "attention.head_count_kv": 2,
         "block_count": LAYERS, "rope.dimension_count": 32}
# Number, columns and bytes of a block, where its f16 lie.
TYPES = {
    "iq2_xxs": (16, 256, 66, [0]), "iq3_s": (21, 256, 110, [0]), "iq1_m": (29, 256, 56, []), "iq1_s": (19, 256, 50, [0]),
    "iq2_xs": (17, 256, 74, [0]), "iq2_s": (22, 256, 82, [0]), "iq3_xxs": (18, 256, 98, [0]), "q4_0": (2, 32, 18, [0]),
    "q4_1": (3, 32, 20, [0, 2]), "q5_0": (6, 32, 22, [0]), "q5_1": (7, 32, 24, [0, 2]), "q8_0": (8, 32, 34, [0]),
    "q2_K": (10, 256, 84, [80, 82]), "q3_K": (11, 256, 110, [108]), "q4_K": (12, 256, 144, [0, 2]), "q5_K": (13, 256, 176, [0, 2]),
    "q6_K": (14, 256, 210, [208]), "iq4_nl": (20, 32, 18, [0]), "iq4_xs": (23, 256, 136, [0]), "tq1_0": (34, 256, 54, [52]),
    "tq2_0": (35, 256, 66, [64]), "mxfp4": (39, 32, 17, []), "nvfp4": (40, 64, 36, []), "q1_0": (41, 128, 18, [0]), "q2_0": (42, 64, 18, [0]),
}
random = np.random.default_rng(5)


def decoded(name, columns, blocks):
    done = subprocess.run(["vspec-decode-blocks", name, str(columns)], input=blocks.tobytes(), stdout=subprocess.PIPE, check=True)
    return np.frombuffer(done.stdout, "<f4")


def with_scale(name, blocks, scale):
    half = np.frombuffer(np.float16(scale).tobytes(), np.uint8)
    for place in TYPES[name][3]:
        blocks[:, place : place + 2] = half
    if name == "iq1_m":
        for i in range(4):
            blocks[:, 49 + 2 * i] = blocks[:, 49 + 2 * i] & 15 | (int(half[1]) << 8 | int(half[0])) >> 4 * i << 4 & 0xF0
    if name == "mxfp4":
        blocks[:, 0] = 127 + int(np.round(np.log2(scale)))
    return blocks


def matrix(name, rows, columns):
    """Blocks whose weights are about as large as trained ones, and what number multiplies them."""
    _, block, size, _ = TYPES[name]
    blocks = with_scale(name, random.integers(0, 256, (rows * columns // block, size), np.uint8), 1)
    factor = 0.06 / np.sqrt(np.mean(np.square(decoded(name, columns, blocks), dtype=np.float64)))
    return with_scale(name, blocks, factor), np.float32(factor if name == "nvfp4" else 1)


def metadata(path):
    reader = Reader(open(path, "rb").read())
    reader.take("I"), reader.take("I"), reader.take("Q")
    keys = reader.take("Q")
    text = b""
    for _ in range(keys):
        start = reader.at
        key = reader.text().decode()
        reader.skip(reader.take("I"))
        size = SIZES.get(key[len("llama.") :])
        text += reader.data[start : reader.at - 4] + struct.pack("<I", size) if size else reader.data[start : reader.at]
    return keys, text


shapes = [("token_embd", VOCABULARY, HIDDEN), ("output", VOCABULARY, HIDDEN)]
for layer in range(LAYERS):
    shapes += [(f"blk.{layer}." + name, rows, columns) for name, rows, columns in [
        ("attn_q", HIDDEN, HIDDEN), ("attn_k", CACHE, HIDDEN), ("attn_v", CACHE, HIDDEN), ("attn_output", HIDDEN, HIDDEN),
        ("ffn_gate", FEED_FORWARD, HIDDEN), ("ffn_up", FEED_FORWARD, HIDDEN), ("ffn_down", HIDDEN, FEED_FORWARD)]]
stored, floats = [], []
for i, (name, rows, columns) in enumerate(shapes):
    kind = list(TYPES)[i % len(TYPES)]
    blocks, factor = matrix(kind, rows, columns)
    stored.append((name + ".weight", [columns, rows], TYPES[kind][0], blocks.tobytes()))
    floats.append((name + ".weight", [columns, rows], 0, (decoded(kind, columns, blocks) * factor).astype("<f4").tobytes()))
    if factor != 1:
        stored.append((name + ".scale", [1], 0, factor.tobytes()))
        stored.append((name + ".input_scale", [1], 0, np.float32(1).tobytes()))
for name in ["output_norm"] + [f"blk.{layer}.{norm}" for layer in range(LAYERS) for norm in ("attn_norm", "ffn_norm")]:
    for tensors in (stored, floats):
        tensors.append((name + ".weight", [HIDDEN], 0, np.ones(HIDDEN, "<f4").tobytes()))
keys, text = metadata(sys.argv[1])
for path, tensors in zip(sys.argv[2:], (stored, floats)):
    write(path, keys, text, [(name.encode(), *rest) for name, *rest in tensors])
