#!/usr/bin/env python3
"""Logits of given tokens by the numpy reference: reference_logits.py FOLDER IDS OUT.npy, FOLDER as --emit=json wrote it."""
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "python"))
from vspec import checkpoint, reference

folder = pathlib.Path(sys.argv[1])
module = json.loads((folder / "module.json").read_text())
session = reference.Session(module, checkpoint.load_weights(module, folder))
np.save(sys.argv[3], session.logits([int(token) for token in pathlib.Path(sys.argv[2]).read_text().split()]))
