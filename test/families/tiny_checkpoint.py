#!/usr/bin/env python3
"""Writes the Hugging Face folder of a tiny model: tiny_checkpoint.py NAME OUT. numpy only.

The golden, test/data/families/NAME.json, lists the tensors; their values come from numpy's RandomState, whose stream never changes,
seeded with the tensor's name. All are exact in bf16 and in f16, so that every file made of them holds the same numbers.
"""
import json
import pathlib
import sys
import zlib

import numpy as np

from quantised_tensors import packed

GOLDENS = pathlib.Path(__file__).resolve().parent.parent / "data" / "families"
STORED_AS = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "int32": "I32", "int64": "I64", "int8": "I8", "uint8": "U8",
             "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2"}

# What a tensor's values are, given normal numbers of its shape.
KINDS = {
    "matrix": lambda x: x * 1.5 / np.sqrt(x.shape[-1]),  # 1.5: attention and gates are to be far from uniform
    "small matrix": lambda x: x * 0.4 / np.sqrt(x.shape[-1]),
    "gain": lambda x: 1 + x / 4,
    "gain - 1": lambda x: x / 4,
    "bias": lambda x: x / 4,
}


def kind_of(name, shape, gain):
    """What a tensor most likely holds; `gain` is the kind of the model's norms."""
    if len(shape) > 1:
        return "matrix"
    return "bias" if name.endswith("bias") else gain


def bf16_bits(x):
    """To the nearest bf16, ties to even."""
    bits = x.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")


def values(name, shape, kind, seed=0):
    """f32, exact in bf16 and f16."""
    random = np.random.RandomState(zlib.crc32(f"{seed}/{name}".encode()))
    x = KINDS[kind](random.standard_normal(shape)).astype(np.float16).astype("<f4")
    return (bf16_bits(x).astype("<u4") << 16).view("<f4").reshape(shape)


def encode(x, dtype):
    return bf16_bits(x).tobytes() if dtype == "bfloat16" else x.astype({"float32": "<f4", "float16": "<f2"}[dtype]).tobytes()


def write_safetensors(path, tensors, seed):
    """tensors: name -> [shape, dtype, kind]"""
    header, data = {}, b""
    for name, (shape, dtype, kind) in tensors.items():
        bytes = packed(name, shape, dtype, kind, seed) if isinstance(kind, list) else encode(values(name, shape, kind, seed), dtype)
        header[name] = {"dtype": STORED_AS[dtype], "shape": shape, "data_offsets": [len(data), len(data) + len(bytes)]}
        data += bytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(len(text).to_bytes(8, "little") + text + data)


def tokenizer(vocabulary):
    """A tokenizer of so many tokens: three special ones, single letters, and one word of two of them."""
    letters = [chr(code) for code in range(33, 33 + vocabulary - 4)]
    special = [{"id": i, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
               for i, text in enumerate(["<unk>", "<s>", "</s>"])]
    vocab = {text: i for i, text in enumerate([token["content"] for token in special] + letters + [letters[0] + letters[1]])}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None, "pre_tokenizer": byte_level,
            "post_processor": None, "decoder": byte_level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False, "vocab": vocab, "merges": [letters[:2]]}}


def vocabulary_of(config):
    return config.get("vocab_size") or config["text_config"]["vocab_size"]


def write_checkpoint(folder, config, tensors, seed):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(vocabulary_of(config))))
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
                                                              "tokenizer_class": "PreTrainedTokenizerFast"}))
    write_safetensors(folder / "model.safetensors", tensors, seed)


def write_golden_checkpoint(name, folder):
    golden = json.loads((GOLDENS / f"{name}.json").read_text())
    write_checkpoint(folder, golden["config"], golden["tensors"], golden["seed"])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write_golden_checkpoint(*sys.argv[1:])
