"""Checks what vspec-inspect --json says against the file itself. Usage: inspection.py JSON MODEL"""
import hashlib
import json
import os
import sys

told = json.load(open(sys.argv[1]))
content = open(sys.argv[2], "rb").read()
assert told["bytes"] == len(content) == os.path.getsize(sys.argv[2])
for section in told["sections"]:
    part = content[section["offset"] : section["offset"] + section["bytes"]]
    assert len(part) == section["bytes"] and hashlib.sha256(part).hexdigest() == section["sha256"], section
weights = {s["name"]: s["bytes"] for s in told["sections"] if s["kind"] == "weights"}
assert told["manifest"]["vocabulary"] == 512 and told["manifest"]["bos"] == 1 and told["manifest"]["add_bos"] is True
for program in told["programs"]:
    kernels = {kernel["name"] for kernel in program["kernels"]}
    assert {"decode", "prefill"} <= {variant["name"] for variant in program["variants"]}
    for variant in program["variants"]:
        assert variant["launches"] and variant["slices"]
        assert max(s["offset"] + s["bytes"] for s in variant["slices"]) <= variant["arena_bytes"]
        for launch in variant["launches"]:
            assert launch["kernel"] in kernels and launch["name"] and launch["grid"]["text"] and launch["operands"], launch
            for operand in launch["operands"]:
                limit = {"arena": variant["arena_bytes"], "weight": weights[program["device_class"]]}.get(operand["kind"])
                assert limit is None or operand["offset"] + operand["bytes"] <= limit, operand
assert isinstance(told["provenance"], dict)
print("consistent")
