#!/usr/bin/env python3
"""Compares the speed of programs that run language models: prefill of a prompt, and decode from an empty context.

    compare-peers.py prepare --models 1B-Q4_0=llama-1b-q4_0.gguf --programs vspec=vspec-run:build/bin --folder /tmp/compiled
    compare-peers.py measure results.json --models 1B-Q4_0=llama-1b-q4_0.gguf --folder /tmp/compiled --threads 1 2 \\
        --programs vspec=vspec-run:build/bin llama.cpp=llama-bench:llama.cpp/build/bin/llama-bench bandwidth=bandwidth:./bandwidth
    compare-peers.py table results.json --ours vspec --bandwidth bandwidth

A program is NAME=KIND:PATH and more arguments after it, separated by spaces. Kinds:
  llama-bench  the tool of llama.cpp and its relatives, with their own batch sizes and an f16 KV cache
  vspec-run    PATH is the folder of vspec-compile and vspec-run; files are compiled by `prepare`, with a KV cache of f16; the arguments
               are those of vspec-compile, behind a `--` those of vspec-run
  bandwidth    PATH THREADS prints {"median": GB/s}: what the memory gave in the same minute

`measure` goes through models and thread counts; for each it runs all programs in turn, --rounds times, and adds every run to the file as
soon as it has ended, with the processors that others used and the host took meanwhile. It leaves out what the file has already and stops
before --seconds have gone by (status 3: call it once more), so that it can run in pieces. Weights are in the page cache: each file is
read once before its first run.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import statistics
import subprocess
import sys
import time


def run(command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: status {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}")
    return done


def busy():
    """Processor seconds since the start of the machine: of all processes, and stolen by its host."""
    field = [int(word) / os.sysconf("SC_CLK_TCK") for word in open("/proc/stat").readline().split()[1:9]]
    return sum(field[:3]) + sum(field[5:7]), field[7]


def own():
    """Processor seconds of this program and of what it has run."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


class LlamaBench:
    """Both numbers come from one process; it runs both phases once untimed before."""

    def __init__(self, words, options):
        self.words, self.options = words, options

    def prepare(self, model):
        pass

    def files(self, model):
        return [model, self.words[0]]

    def measure(self, model, threads):
        command = [self.words[0], "-m", model, "-t", threads, "-p", self.options.prompt, "-n", self.options.decode, "-r", 1, "-o", "json",
                   *self.words[1:]]
        found = json.loads(run(command).stdout)
        rate = lambda prompt: next(entry["avg_ts"] for entry in found if bool(entry["n_prompt"]) == prompt)
        first = found[0]
        version = f"{first['build_commit']} ({first['build_number']})"
        return {"prefill": rate(True), "decode": rate(False), "bytes": first["model_size"], "version": version, "commands": [command]}


class VSpecRun:
    """Two processes: the prompt, and decode after a prompt of one token, which reads all weights once untimed."""

    def __init__(self, words, options):
        split = words.index("--") if "--" in words else len(words)
        self.folder, self.more, self.run, self.options = pathlib.Path(words[0]), words[1:split], words[split + 1:], options

    def compiled(self, model):
        key = hashlib.sha256(" ".join([str(model), *self.more]).encode()).hexdigest()[:8]
        return pathlib.Path(self.options.folder) / f"{model.stem}-{key}.vspec"

    def prepare(self, model):
        command = [self.folder / "vspec-compile", model, "-o", self.compiled(model), f"--context={self.options.context}", "--target=cpu",
                   *self.more]
        print(run(command).stderr, end="", file=sys.stderr)

    def files(self, model):
        return [self.compiled(model), self.folder / "vspec-run"]

    def tokens(self, count):
        path = pathlib.Path(self.options.folder) / f"tokens-{count}.txt"
        path.write_text(" ".join(str(random.Random(1 + index).randrange(3, 500)) for index in range(count)) + "\n")
        return path

    def measure(self, model, threads):
        def command(prompt, new):
            return [self.folder / "vspec-run", self.compiled(model), "--tokens", self.tokens(prompt), "-n", new, "--temp", 0, "--ids",
                    "--ignore-eos", "--threads", threads, "--stats", *self.run]

        commands = [command(self.options.prompt, 1), command(1, self.options.decode + 1)]
        told = [run(words).stderr for words in commands]

        def rate(text, name):
            count, seconds = re.search(rf"{name} +(\d+) tokens? in ([\d.]+) s", text).groups()
            digits = re.search(rf"{name} .*: ([\d.]+) tokens/s", text)[1]
            return float(digits) if float(digits) else int(count) / float(seconds)

        version = run([self.folder / "vspec-run", "--version"]).stdout.strip()
        return {"prefill": rate(told[0], "prefill"), "decode": rate(told[1], "decode"), "version": version, "commands": commands}


class Bandwidth:
    def __init__(self, words, options):
        self.words = words

    def prepare(self, model):
        pass

    def files(self, model):
        return []

    def measure(self, model, threads):
        command = [self.words[0], threads, *self.words[1:]]
        return {"bandwidth": json.loads(run(command).stdout)["median"], "commands": [command]}


KINDS = {"llama-bench": LlamaBench, "vspec-run": VSpecRun, "bandwidth": Bandwidth}


def pairs(words):
    out = {}
    for word in words or []:
        name, found, value = word.partition("=")
        if not found or not value:
            raise SystemExit(f"'{word}': expected NAME=VALUE")
        out[name] = value
    return out


def programs(options):
    out = {}
    for name, value in pairs(options.programs).items():
        kind, _, rest = value.partition(":")
        if kind not in KINDS or not rest:
            raise SystemExit(f"program '{name}': expected KIND:PATH with a kind of {', '.join(KINDS)}")
        out[name] = KINDS[kind](rest.split(), options)
    return out


def prepare(options):
    pathlib.Path(options.folder).mkdir(parents=True, exist_ok=True)
    status = 0
    for name, model in pairs(options.models).items():
        for program in programs(options).values():
            try:
                program.prepare(pathlib.Path(model))
            except RuntimeError as error:
                print(f"{name}: {error}", file=sys.stderr)
                status = 1
    return status


def load(path):
    return json.loads(path.read_text()) if path.exists() else []


def read_once(path):
    with open(path, "rb") as file:
        while file.read(1 << 22):
            pass


def measure(options):
    start, runs, longest, cached, status = time.monotonic(), load(options.results), {}, set(), 0
    key = lambda entry: (entry["model"], entry["threads"], entry["round"], entry["program"])
    done = {key(entry) for entry in runs}
    for entry in runs:
        longest[entry["program"]] = max(longest.get(entry["program"], 0), entry["seconds"])
    for name, file in pairs(options.models).items():
        for threads in options.threads:
            for number in range(options.rounds):
                for label, program in programs(options).items():
                    entry = {"model": name, "threads": threads, "round": number, "program": label}
                    if key(entry) in done:
                        continue
                    if time.monotonic() - start + 1.1 * longest.get(label, 20) > options.seconds:
                        print("out of time, call it once more", file=sys.stderr)
                        return 3
                    began, before, mine = time.monotonic(), busy(), own()
                    try:
                        for path in program.files(pathlib.Path(file)):
                            if path not in cached:
                                read_once(path)
                                cached.add(path)
                        began, before, mine = time.monotonic(), busy(), own()
                        entry |= program.measure(pathlib.Path(file), threads)
                    except (RuntimeError, OSError, ValueError, StopIteration, TypeError) as error:
                        entry |= {"error": f"{type(error).__name__}: {error}", "commands": []}
                        print(entry["error"], file=sys.stderr)
                        status = 1
                    seconds, after = time.monotonic() - began, busy()
                    entry |= {"seconds": seconds, "others": (after[0] - before[0] - own() + mine) / seconds}
                    entry |= {"stolen": (after[1] - before[1]) / seconds, "at": time.strftime("%Y-%m-%d %H:%M:%S")}
                    entry["commands"] = [" ".join(map(str, words)) for words in entry["commands"]]
                    longest[label] = max(longest.get(label, 0), entry["seconds"])
                    runs = load(options.results) + [entry]
                    options.results.write_text(json.dumps(runs, indent=1) + "\n")
                    shown = ", ".join(f"{what} {entry[what]:.1f}" for what in ("prefill", "decode", "bandwidth") if what in entry)
                    shown += f"; others {entry['others']:.2f}, stolen {entry['stolen']:.2f}"
                    print(f"{name} {threads} threads, round {number}, {label}: {shown}", file=sys.stderr, flush=True)
    return status


def number(value):
    return f"{value:.{0 if value >= 1000 else 1 if value >= 10 else 2}f}"


def table(options):
    runs = [entry for path in options.results for entry in load(path)]
    names = lambda field: list(dict.fromkeys(entry[field] for entry in runs))
    peers = [name for name in names("program") if name not in (options.ours, options.bandwidth)]
    order = [options.ours, *peers]

    def values(model, threads, program, what):
        return [e[what] for e in runs if (e["model"], e["threads"], e["program"]) == (model, threads, program) and what in e]

    for what in ("prefill", "decode"):
        rows = []
        for model in names("model"):
            for threads in sorted(names("threads")):
                got = {name: values(model, threads, name, what) for name in order}
                if not any(got.values()):
                    continue
                median = {name: statistics.median(found) for name, found in got.items() if found}
                cell = lambda f: f"{number(statistics.median(f))} ({number(min(f))} to {number(max(f))}; {len(f)})" if f else "-"
                row = [model, str(threads), *[cell(got[name]) for name in order]]
                row += [f"{median[options.ours] / median[name]:.2f}" if {options.ours, name} <= median.keys() else "-" for name in peers]
                width = values(model, threads, options.bandwidth, "bandwidth")
                if what == "decode" and options.bandwidth in names("program"):
                    size = [e["bytes"] for e in runs if e["model"] == model and "bytes" in e]
                    share = [f"{100 * median[n] * size[0] / 1e9 / statistics.median(width):.0f}" if n in median and width and size else "-"
                             for n in order]
                    row += [number(statistics.median(width)) if width else "-", " / ".join(share)]
                rows.append(row)
        header = ["model", "threads", *order, *[f"{options.ours} / {name}" for name in peers]]
        if what == "decode" and options.bandwidth in names("program"):
            header += ["read bandwidth, GB/s", "% of it used: " + " / ".join(order)]
        print(f"**{what}, tokens/s**, median (least to most; runs)\n")
        print("\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows]) + "\n")
    for name in names("program"):
        mine = [entry for entry in runs if entry["program"] == name]
        version = next((entry["version"] for entry in mine if "version" in entry), "")
        lines = next((entry["commands"] for entry in mine if entry["commands"]), [])
        print(f"* {name} {version}".rstrip() + ":" + "".join(f"\n  `{line}`" for line in lines))
    noisy = [max(entry.get("others", 0), 0) + entry.get("stolen", 0) for entry in runs]
    print(f"* processors used by others meanwhile: {statistics.median(noisy):.2f} in the middle, {max(noisy):.2f} at most")
    for line in dict.fromkeys(f"* {entry['model']}, {entry['program']}: {entry['error']}" for entry in runs if "error" in entry):
        print(line)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("prepare", "compiles the models for those programs that need it"), ("measure", "runs, and adds to the results")):
        command = commands.add_parser(name, help=text, description=text)
        if name == "measure":
            command.add_argument("results", type=pathlib.Path, help="JSON file that runs are added to")
        command.add_argument("--models", nargs="+", required=True, metavar="NAME=FILE", help="GGUF files")
        command.add_argument("--programs", nargs="+", required=True, metavar="NAME=KIND:PATH",
                             help="what is compared (kinds: see --help of the whole)")
        command.add_argument("--folder", default="/tmp/compare-peers", help="where compiled models are kept (%(default)s)")
        command.add_argument("--context", type=int, default=8192, help="most tokens of a session, of vspec (%(default)s)")
        command.add_argument("--prompt", type=int, default=512, help="tokens of prefill (%(default)s)")
        command.add_argument("--decode", type=int, default=64, help="tokens of decode (%(default)s)")
        command.add_argument("--threads", type=int, nargs="+", default=[1], help="thread counts (1)")
        command.add_argument("--rounds", type=int, default=3, help="runs of each (%(default)s)")
        command.add_argument("--seconds", type=float, default=float("inf"), help="stop before that many seconds (no limit)")
    command = commands.add_parser("table", help="prints the results as Markdown", description="prints the results as Markdown")
    command.add_argument("results", type=pathlib.Path, nargs="+")
    command.add_argument("--ours", default="vspec", help="the program whose speed is divided by the others' (%(default)s)")
    command.add_argument("--bandwidth", default="bandwidth", help="the program that tells the memory's bandwidth (%(default)s)")
    options = parser.parse_args()
    sys.exit({"prepare": prepare, "measure": measure, "table": table}[options.command](options))


if __name__ == "__main__":
    main()
