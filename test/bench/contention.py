#!/usr/bin/env python3
"""Measures decode beside busy processes, and writes the table of docs/Performance.md.

    test/bench/contention.py build/bin MODEL [--rounds=3] [--write=docs/Performance.md]

Runs vspec-bench alone and beside as many endless loops as there are processors, in turn. Half of the processors are then left for
the model; what it makes of them is the question: how much of the processor time that its workers receive is work in kernels, and
whether speed falls further than the processor time does.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

import tables


def decode(program, model):
    """Tokens a second, processors received, and the share of received processor time that is work."""
    threads = str(len(os.sched_getaffinity(0)))
    command = [program, model, "--json", "--roofline", "--threads", threads, "--batch", "1", "--depth", "0", "--prompt", "1", "--gen", "48",
               "--repeat", "2"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    speed = told["decode"][0]
    steps = [roofline for roofline in told["rooflines"] if roofline["work"] == "decode"][0]
    return {"speed": speed["tokens_per_second"]["median"], "processors": speed["processors_received"]["median"],
            "work": steps["work_share_of_processor_time"]}


class Busy:
    """So many processes that compute for ever and touch no memory."""

    def __init__(self, count):
        self.processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="the folder of vspec-bench")
    parser.add_argument("model", help="a model file")
    parser.add_argument("--rounds", type=int, default=3, help="how often both are measured")
    parser.add_argument("--write", help="the page whose table is replaced")
    options = parser.parse_args()
    processors = len(os.sched_getaffinity(0))
    alone, beside = [], []
    for _ in range(options.rounds):
        alone.append(decode(options.programs / "vspec-bench", options.model))
        with Busy(processors):
            beside.append(decode(options.programs / "vspec-bench", options.model))

    def median(runs, key):
        return statistics.median(run[key] for run in runs)

    rows = [[name, f"{median(runs, 'speed'):.1f}", f"{median(runs, 'processors'):.2f}", f"{100 * median(runs, 'work'):.0f} %"]
            for name, runs in (("alone", alone), (f"beside {processors} busy processes", beside))]
    # Round by round, since a machine drifts.
    speed = statistics.median(b["speed"] / a["speed"] for a, b in zip(alone, beside))
    received = statistics.median(b["processors"] / a["processors"] for a, b in zip(alone, beside))
    rows.append(["beside / alone", f"{speed:.2f}", f"{received:.2f}", ""])
    header = [f"`{pathlib.Path(options.model).name}`, {processors} threads", "decode, tokens/s", "processors received",
              "of it work in kernels"]
    text = f"{tables.machine()}.\n\n" + tables.table(header, rows)
    print(text)
    if options.write:
        tables.replace(options.write, "contention", text)


if __name__ == "__main__":
    main()
