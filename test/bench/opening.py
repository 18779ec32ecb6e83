#!/usr/bin/env python3
"""Measures how long opening a model file takes, and writes the table of docs/Performance.md.

    test/bench/opening.py build/bin --make=tokens-128k.vspec
    test/bench/opening.py build/bin MODEL... [--write=docs/Performance.md]

The files lie in the page cache. The first form makes a small model with a large tokenizer: a vocabulary of 128 thousand tokens with
as many merges, since the tokenizer is the one part of a file that opening has to read through.
"""
import argparse
import json
import os
import pathlib
import random
import struct
import subprocess
import tempfile

import tables

VOCABULARY = 128000
CONFIG = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": VOCABULARY, "hidden_size": 64,
          "intermediate_size": 128, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 32,
          "rms_norm_eps": 1e-5, "max_position_embeddings": 2048, "rope_theta": 10000.0, "tie_word_embeddings": True,
          "torch_dtype": "float32"}
SHAPES = {"model.embed_tokens.weight": [VOCABULARY, 64], "model.norm.weight": [64], "model.layers.0.input_layernorm.weight": [64],
          "model.layers.0.post_attention_layernorm.weight": [64], "model.layers.0.self_attn.q_proj.weight": [64, 64],
          "model.layers.0.self_attn.k_proj.weight": [64, 64], "model.layers.0.self_attn.v_proj.weight": [64, 64],
          "model.layers.0.self_attn.o_proj.weight": [64, 64], "model.layers.0.mlp.gate_proj.weight": [128, 64],
          "model.layers.0.mlp.up_proj.weight": [128, 64], "model.layers.0.mlp.down_proj.weight": [64, 128]}


def byte_letters():
    """How the byte-level tokenizers spell the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    other = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(len(other))]


def tokenizer():
    """A vocabulary of bytes and of pairs of earlier tokens, in the way of Llama 3 and GPT-2."""
    tokens, merges, chosen = byte_letters(), [], random.Random(1)
    known = set(tokens)
    while len(tokens) < VOCABULARY:
        left, right = chosen.choice(tokens), chosen.choice(tokens)
        if left + right not in known and len(left + right) <= 12:
            known.add(left + right)
            tokens.append(left + right)
            merges.append([left, right])
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": level,
            "post_processor": None, "decoder": level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False, "vocab": {token: i for i, token in enumerate(tokens)}, "merges": merges}}


def write_checkpoint(folder):
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer()))
    header, end = {}, 0
    for name, shape in SHAPES.items():
        count = 4 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + count]}
        end += count
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + struct.pack("<f", 0.01) * (end // 4))


def opening(program, model):
    """Milliseconds: median, least and most."""
    command = [program, model, "--json", "--threads", "1", "--batch", "1", "--depth", "0", "--prompt", "1", "--gen", "1", "--repeat", "9"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["model"]["open_seconds"]
    return tuple(1000 * told[key] for key in ("median", "min", "max"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="the folder of vspec-bench and vspec-compile")
    parser.add_argument("models", nargs="*", help="model files")
    parser.add_argument("--make", help="make the model with the large tokenizer, and measure nothing")
    parser.add_argument("--write", help="the page whose table is replaced")
    options = parser.parse_args()
    if options.make:
        with tempfile.TemporaryDirectory() as folder:
            write_checkpoint(pathlib.Path(folder))
            subprocess.run([options.programs / "vspec-compile", "-q", folder, "-o", options.make, "--weights=int8"], check=True)
        return
    rows = []
    for model in options.models:
        median, least, most = opening(options.programs / "vspec-bench", model)
        rows.append([f"`{pathlib.Path(model).name}`", f"{os.path.getsize(model) / 2**20:.0f} MiB", f"{median:.2f} ms",
                     f"{least:.2f} to {most:.2f} ms"])
    text = f"{tables.machine()}.\n\n" + tables.table(["model file", "size", "opening", "least to most"], rows)
    print(text)
    if options.write:
        tables.replace(options.write, "opening", text)


if __name__ == "__main__":
    main()
