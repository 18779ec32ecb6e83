#!/usr/bin/env python3
"""How near the runtime's prices of launches (include/vspec/Plan/TileCost.h) are to what one worker takes, by kind of launch, for decode and
prefill of some model files. usage: tile-cost.py BINARIES MODEL... [--depth=N] [--write=PAGE]"""
import argparse
import json
import os
import subprocess

import tables


def measure(binaries, model, depth):
    command = [os.path.join(binaries, "vspec-bench"), model, "--threads", "1", "--depth", str(depth), "--batch", "1", "--prompt", "64", "--gen", "16",
               "--repeat", "3", "--roofline", "--json"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for roofline in report["rooflines"]:
        for row in roofline["kinds"]:
            if row["launches"] and row["kind"] not in ("embed", "merge_splits"):
                yield [f"`{os.path.basename(model)}`", roofline["work"], row["kind"], row["launches"], row["predicted_seconds"], row["work_seconds"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binaries")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--depth", type=int, default=256)
    parser.add_argument("--write", metavar="PAGE")
    options = parser.parse_args()
    rows = [row for model in options.models for row in measure(options.binaries, model, options.depth)]
    shown = [[model, work, kind, str(launches), f"{1e6 * predicted:.1f}", f"{1e6 * measured:.1f}", f"{predicted / measured:.2f}"]
             for model, work, kind, launches, predicted, measured in rows]
    header = ["model", "step", "launches", "of them in a step", "predicted, us", "measured, us", "ratio"]
    text = f"{tables.machine()}, 1 thread, after {options.depth} tokens, a prefill of 64.\n\n" + tables.table(header, shown)
    print(text)
    if options.write:
        tables.replace(options.write, "tile-cost", text)


if __name__ == "__main__":
    main()
