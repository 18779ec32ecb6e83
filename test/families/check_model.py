#!/usr/bin/env python3
"""Compares a tiny model with its golden: check_model.py NAME SCRATCH. Prints a line for each form of it, or what differs.

The Hugging Face folder, and NAME.gguf where there is one, are compiled in f32, what is quantised also as it is; logits lie within 5e-4 of
transformers', whole and, bit for bit the same, in chunks; the 32 tokens that follow are the same. Sessions of several lengths in one step
give the logits that each gives alone, bit for bit.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np

from tiny_checkpoint import GOLDENS, write_golden_checkpoint

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from check_logits import check as check_logits

COMPILE = ["--weights=f32", "--activations=f32", "--kv=f32", "--target=cpu:v3", "--batch=4"]


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def logits(model, ids, *options):
    run("vspec-eval", model, "--tokens", ids, "--logits", model.with_suffix(".npy"), *options)
    return np.load(model.with_suffix(".npy"))


def check(form, checkpoint, golden_path, scratch, options):
    golden = json.loads(golden_path.read_text())
    model, ids = scratch / f"{form}.vspec", scratch / "ids"
    ids.write_text(" ".join(map(str, golden["prompt"])))
    run("vspec-compile", "-q", checkpoint, "-o", model, *options)
    whole = logits(model, ids)
    difference = check_logits(whole, str(golden_path), 5e-4)
    if not np.array_equal(whole, logits(model, ids, "--chunk", "7")):
        sys.exit(f"{form}: logits differ in chunks of 7")
    run("vspec-batch-test", model)
    greedy = [int(word) for word in run("vspec-run", model, "--tokens", ids, "-n", 32, "--temp", 0, "--ids", "--ignore-eos").split()]
    if greedy != golden["greedy"]:
        sys.exit(f"{form}: the tokens that follow are {greedy}, expected {golden['greedy']}")
    print(f"{golden['model']}, {form}: within {difference:.1e}, the same 32 tokens")


def main(name, scratch):
    golden, scratch = GOLDENS / f"{name}.json", pathlib.Path(scratch)
    write_golden_checkpoint(name, scratch / name)
    told = json.loads(golden.read_text())
    isQuantised = "weights" in told or "quantization_config" in told["config"]  # then they stay what they are
    check("Hugging Face", scratch / name, golden, scratch, COMPILE[1:] if isQuantised else COMPILE)
    if (GOLDENS / f"{name}.gguf").exists():
        check("GGUF", GOLDENS / f"{name}.gguf", golden, scratch, COMPILE)
        if isQuantised:
            check("GGUF in blocks", GOLDENS / f"{name}.gguf", golden, scratch, ["--weights=f32,*_exps=mxfp4", *COMPILE[1:]])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
