"""Counts the fused multiply-adds of scalars, type by type: count_fma.py FILE, which is LLVM IR or PTX."""
import re
import sys

text = open(sys.argv[1]).read()
for kind in ("f32", "f64"):
    if ".address_size" in text:
        count = len(re.findall(rf"\bfma\.\w+\.{kind}\b", text))
    else:
        count = sum(int(lanes or 1) for lanes in re.findall(rf"call [^@]*@llvm\.fma\.(?:v(\d+))?{kind}\(", text))
    print(kind, count)
