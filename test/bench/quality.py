#!/usr/bin/env python3
"""Measures what formats cost in quality, and writes the tables of docs/Quality.md.

    test/bench/quality.py build/bin --data=../shared/data --write=docs/Quality.md [--only=stories260K]

Each line is a model compiled by vspec-compile and compared by vspec-eval with the same model in f32: perplexity of
tinystories-60k.txt in chunks of --ctx tokens, and the divergence of the predictions. Fails where int8 is not within 0.5 % of f32.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import tables

HERE = pathlib.Path(__file__).resolve().parent
TEST_DATA = HERE.parent / "data"
WEIGHTS = ["int8", "int6", "int5", "int4", "int4:g128", "int4:min", "nf4", "fp4", "mxfp4", "nvfp4", "int3", "int3:min", "int2", "int2:min", "ternary"]
CACHES = ["f16", "int8", "k:int8,v:int4", "k:int4,v:int8", "int4"]
HEADER = ["bits/weight", "perplexity", "against f32", "KL mean", "KL p99", "same top token"]


class Bench:
    def __init__(self, programs, model, folder, ctx):
        self.programs, self.model, self.folder, self.ctx = programs, model, pathlib.Path(folder), ctx
        self.text = TEST_DATA / "golden/tinystories-60k.txt"
        self.reference = self.compile("reference", "f32", "f32", "f32")[0]
        self.plain = self.evaluate("--ppl", self.text, self.reference)["ppl"]

    def compile(self, name, weights, kv, activations="int8"):
        """The model file and its bits per weight as stored."""
        output = self.folder / f"{name}.vspec"
        command = [self.programs / "vspec-compile", self.model, "-o", output, f"--weights={weights}", f"--kv={kv}", f"--activations={activations}"]
        told = subprocess.run([*command, f"--context={self.ctx}"], check=True, capture_output=True, text=True).stderr
        line = next(line for line in told.splitlines() if line.split()[:1] == ["weights"] and "bits per weight" in line)
        return output, line.split()[3]

    def evaluate(self, what, text, model, *more):
        command = [self.programs / "vspec-eval", model, what, text, *more, "--ctx", str(self.ctx), "--json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def row(self, label, weights, kv, activations="int8"):
        model, bits = self.compile("other", weights, kv, activations)
        got = self.evaluate("--text", self.text, model, "--kl", self.reference)
        change = 100 * (got["ppl"] / self.plain - 1)
        if label == "int8" and abs(change) > 0.5:
            raise SystemExit(f"{self.model}: int8 is {change:+.2f} % from f32, expected at most 0.5 %")
        print(label, weights, kv, got, flush=True)
        return [f"`{label}`", bits, f"{got['ppl']:.4f}", f"{change:+.2f} %", f"{got['kl_mean']:.5f}", f"{got['kl_p99']:.4f}", f"{100 * got['same_top']:.1f} %"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="the folder of vspec-compile and vspec-eval")
    parser.add_argument("--data", type=pathlib.Path, help="the folder with models/hf/stories-qwen3-5M")
    parser.add_argument("--only", help="one of the models")
    parser.add_argument("--write", help="the page whose tables are replaced")
    options = parser.parse_args()
    models = {"stories260K": TEST_DATA / "models/stories260K-f32.gguf"}
    if options.data:
        models["stories-qwen3-5M"] = options.data / "models/hf/stories-qwen3-5M"
    for name, model in models.items():
        if options.only not in (None, name):
            continue
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(options.programs, model, folder, 512)
            weights = [bench.row(format, format, "f16") for format in WEIGHTS]
            caches = [bench.row(format, "f32", format, "f32") for format in CACHES]
        text = f"f32: perplexity {bench.plain:.4f}.\n\n" + tables.table(["weights", *HEADER], weights)
        text += "\n\n" + tables.table(["KV cache", *HEADER], caches)
        print(text)
        if options.write:
            tables.replace(options.write, name, text)


if __name__ == "__main__":
    main()
