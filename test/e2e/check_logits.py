#!/usr/bin/env python3
"""Compares logits that vspec-eval wrote with those of another program. Says "within BOUND" or where they differ most.

    check_logits.py GOT.npy GOLDEN.f32 --within=2e-4      float32 without a header, as many columns as GOT
    check_logits.py GOT.npy GOLDEN.npy --within=2e-4      as many rows as GOT
    check_logits.py GOT.npy GOLDEN.json --within=5e-4     the .npy beside it holds some rows, the JSON the argmax of all
"""
import argparse
import json
import sys

import numpy as np


def check(got, golden, within):
    """The largest difference, or an exit with what differs."""
    argmax, first = None, 0
    if golden.endswith(".f32"):
        want = np.fromfile(golden, "<f4").reshape(-1, got.shape[1])
    elif golden.endswith(".npy"):
        want = np.load(golden)
    else:
        with open(golden) as file:
            document = json.load(file)
        want, argmax = np.load(golden[: -len("json")] + "npy"), document["long_argmax"]
        first, last = document["logits"]["positions"]
        if len(got) != len(argmax) or last != len(got):
            sys.exit(f"{len(got)} rows of logits, expected {len(argmax)}")
    compared = got[first:]
    if compared.shape != want.shape:
        sys.exit(f"the logits are {compared.shape}, expected {want.shape}")
    difference = np.abs(compared - want)
    if not difference.max() <= within:  # also where it is not a number
        row, column = np.unravel_index(difference.argmax(), difference.shape)
        sys.exit(f"row {row + first} column {column} is {compared[row, column]}, expected {want[row, column]} within {within}")
    if argmax is not None and list(got.argmax(1)) != argmax:
        row = int(np.flatnonzero(got.argmax(1) != argmax)[0])
        sys.exit(f"the largest logit of row {row} is {got[row].argmax()}, expected {argmax[row]}")
    return difference.max()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("got")
    parser.add_argument("golden")
    parser.add_argument("--within", type=float, required=True)
    options = parser.parse_args()
    check(np.load(options.got), options.golden, options.within)
    print(f"within {options.within:g}")


if __name__ == "__main__":
    main()
