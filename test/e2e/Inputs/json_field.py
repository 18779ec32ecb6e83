#!/usr/bin/env python3
"""Prints a field of a JSON file, numbers of a list on one line: json_field.py FILE prompts.long.ids [FIRST]"""
import json
import sys

with open(sys.argv[1]) as file:
    value = json.load(file)
for key in sys.argv[2].split("."):
    value = value[key]
if isinstance(value, list):
    print(*value[: int(sys.argv[3]) if len(sys.argv) > 3 else None])
else:
    print(value)
