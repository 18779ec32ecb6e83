#!/usr/bin/env python3
"""Writes a changed JSON file: change_json.py FROM TO "statement about c"."""
import json
import sys

with open(sys.argv[1]) as file:
    c = json.load(file)
exec(sys.argv[3])
with open(sys.argv[2], "w") as file:
    json.dump(c, file)
