#!/usr/bin/env python3
"""Measures what compiling costs, and writes the table of docs/Performance.md.

    test/bench/compile-cost.py build/bin [--shapes 1B 8B] [--write=docs/Performance.md]

Compiles models shaped like Llama 3.2 1B and Llama 3.1 8B with random weights to int4. Memory is the most anonymous memory (RssAnon) that was seen
every 20 ms: mapped files are not the compiler's own.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import tables

LLAMA = {"architectures": ["LlamaForCausalLM"], "vocab_size": 128256, "num_attention_heads": 32, "num_key_value_heads": 8,
         "rms_norm_eps": 1e-5, "max_position_embeddings": 131072, "rope_theta": 500000.0, "torch_dtype": "bfloat16"}
SHAPES = {
    "1B": dict(LLAMA, hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, head_dim=64, tie_word_embeddings=True),
    "8B": dict(LLAMA, hidden_size=4096, intermediate_size=14336, num_hidden_layers=32, head_dim=128, tie_word_embeddings=False),
}


def measure(command):
    """Seconds, processor seconds and the peak of anonymous memory in bytes."""
    import resource

    before, start, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0
    process = subprocess.Popen(command)
    while process.poll() is None:
        try:
            lines = open(f"/proc/{process.pid}/status").read().splitlines()
        except OSError:
            break
        peak = max([peak] + [1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon")])
        time.sleep(0.02)
    if process.wait():
        raise SystemExit(f"{command[0]} ended with status {process.returncode}")
    seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="the folder of vspec-compile")
    parser.add_argument("--write", help="the page whose table is replaced")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        config, output = pathlib.Path(folder) / "config.json", pathlib.Path(folder) / "model.vspec"
        for shape in options.shapes:
            config.write_text(json.dumps(SHAPES[shape]))
            command = [options.programs / "vspec-compile", "-q", config, "--random-weights=1", "--weights=int4", "--context=4096",
                       "--target=cpu:avx512+v3", "-o", output]
            for label, more in (("all but the weights (`--dry-run`)", ["--dry-run"]), ("a model file", [])):
                seconds, processor, peak = measure([*command, *more])
                size = f"{output.stat().st_size / 2**20:.0f} MiB" if output.exists() else "-"
                rows.append([shape, label, f"{seconds:.1f} s", f"{processor:.1f} s", f"{peak / 2**20:.0f} MiB", size])
            output.unlink()
    text = f"{tables.machine()}.\n\n" + tables.table(["shape", "what", "time", "processor time", "peak of anonymous memory", "file"], rows)
    print(text)
    if options.write:
        tables.replace(options.write, "compile-cost", text)


if __name__ == "__main__":
    main()
