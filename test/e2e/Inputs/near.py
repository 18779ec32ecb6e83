#!/usr/bin/env python3
"""Reads the JSON of vspec-eval and checks a number: near.py ppl 3.5448 0.0005 < JSON"""
import json
import sys

field, want, bound = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
got = json.load(sys.stdin)[field]
if not abs(got - want) <= bound:
    sys.exit(f"{field} is {got}, expected {want} within {bound}")
print(f"{field} is near {want}")
