"""Copies a model file with one bit of a section changed. Usage: damage.py JSON MODEL KIND OUTPUT"""
import json
import sys

sections = json.load(open(sys.argv[1]))["sections"]
content = bytearray(open(sys.argv[2], "rb").read())
section = next(s for s in sections if s["kind"] == sys.argv[3])
content[section["offset"] + section["bytes"] // 2] ^= 4
open(sys.argv[4], "wb").write(content)
