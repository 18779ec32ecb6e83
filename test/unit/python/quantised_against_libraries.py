#!/usr/bin/env python3
"""Compares decoded matrices of quantised checkpoints with what the methods' own libraries made of them: HASH_MATRICES [NAME...]

The digests are in the goldens of test/data/families that have `weights`; test/families/make_quantised_golden.py wrote them.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "families"))
try:
    from quantised import MATRICES
    from tiny_checkpoint import GOLDENS, write_golden_checkpoint
except ImportError as error:
    print(error)
    sys.exit(77)  # skipped: no numpy


def check(program, name, golden, folder):
    write_golden_checkpoint(name, folder)
    words = [word for module, rows, columns in MATRICES.values() for word in (f"model.layers.0.{module}", str(rows), str(columns))]
    done = subprocess.run([program, folder, *words], capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr.strip() or f"status {done.returncode}"
    for line, (weight, digest) in zip(done.stdout.splitlines(), golden["weights"].items()):
        if not line.startswith(digest):
            return f"{weight} is not what {golden['made_with']} makes of it ({line.split('  ')[-1]})"


def main(program, names):
    wrong = 0
    goldens = {path.stem: json.loads(path.read_text()) for path in sorted(GOLDENS.glob("*.json"))}
    for name, golden in goldens.items():
        if "weights" not in golden or names and name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            problem = check(program, name, golden, folder)
        wrong += problem is not None
        print(f"{name}: {problem or str(len(golden['weights'])) + ' matrices, bit for bit as ' + golden['made_with'] + ' has them'}")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
