#!/usr/bin/env python3
"""Prints two tables: what every tiny model gives in every form and weight format, with this build's programs.

    make_table.py BIN [--only NAME ...]

A cell is the error of the logits against those of transformers, as a share of their spread (root mean squares, 100 % would be noise):
what so many bits cost a model of 32 columns, whose groups are short and whose weights are random. In f32 it is the rounding of sums.
Takes about a second a cell.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tiny_checkpoint import GOLDENS, write_golden_checkpoint

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
from tables import table

FORMATS = ["int8", "int4", "int2", "nf4", "fp8", "q4_k"]


class Refused(Exception):
    pass


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(done.stderr.strip().splitlines()[-1])


def error(checkpoint, golden, scratch, *options):
    """Of the logits; or says why the model was not compiled."""
    document = json.loads(golden.read_text())
    want = np.load(golden.with_suffix(".npy"))
    model, ids, got = scratch / "model.vspec", scratch / "ids", scratch / "logits.npy"
    ids.write_text(" ".join(map(str, document["prompt"])))
    try:
        run("vspec-compile", "-q", checkpoint, "-o", model, "--target=cpu:v3", *options)
        run("vspec-eval", model, "--tokens", ids, "--logits", got)
    except Refused as refused:
        print(f"{golden.stem} {' '.join(options)}: {refused}", file=sys.stderr)
        return "-"
    first = document["logits"]["positions"][0]
    difference = np.load(got)[first:].astype("f8") - want
    share = np.sqrt((difference**2).mean() / want.var())
    return f"{share:.0e}" if share < 1e-3 else f"{share:.1%}"


def kind_of(document):
    config = document["config"]
    method = config.get("quantization_config", {}).get("quant_method")
    return method or {"float32": "f32", "float16": "f16", "bfloat16": "bf16"}[config.get("dtype") or config.get("torch_dtype") or "float32"]


def rows_of(name):
    golden = GOLDENS / f"{name}.json"
    document = json.loads(golden.read_text())
    exact = ["--activations=f32", "--kv=f32"]
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        folder = scratch / name
        write_golden_checkpoint(name, folder)
        kind = kind_of(document)
        floats = kind in ("f32", "f16", "bf16")
        forms = [error(folder, golden, scratch, *exact, *(["--weights=f32"] if floats else []))]
        gguf = GOLDENS / f"{name}.gguf"
        forms.append(error(gguf, golden, scratch, *exact, "--weights=f32") if gguf.exists() else "")
        formats = [error(folder, golden, scratch)]
        formats += [error(folder, golden, scratch, f"--weights={format}") for format in FORMATS] if floats else [""] * len(FORMATS)
    architecture = document["config"]["architectures"][0]
    return [name, f"`{architecture}`", kind, *forms], [name, *formats]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin")
    parser.add_argument("--only", nargs="*")
    options = parser.parse_args()
    os.environ["PATH"] = f"{pathlib.Path(options.bin).resolve()}:{os.environ['PATH']}"
    names = options.only or sorted(path.stem for path in GOLDENS.glob("*.npy"))
    forms, formats = [], []
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for name, (form, cells) in zip(names, workers.map(rows_of, names)):
            print(f"{len(forms) + 1} of {len(names)}: {name}", file=sys.stderr)
            forms.append(form)
            formats.append(cells)
    print(table(["model", "architecture", "weights", "Hugging Face, f32", "GGUF, f32"], forms) + "\n")
    print(table(["model", "default", *FORMATS], formats))


if __name__ == "__main__":
    main()
