"""Counts the fused multiply-adds of scalars, type by type: count_fma.py MODULE.ll CODE.ptx. Fails if the code has more than the module.

It may have fewer: equal ends of two paths become one.
"""
import re
import sys


def count(text, kind):
    if ".address_size" in text:
        return len(re.findall(rf"\bfma\.\w+\.{kind}\b", text))
    return sum(int(lanes or 1) for lanes in re.findall(rf"call [^@]*@llvm\.fma\.(?:v(\d+))?{kind}\(", text))


module, code = (open(path).read() for path in sys.argv[1:])
for kind in ("f32", "f64"):
    before, after = count(module, kind), count(code, kind)
    print(kind, after, "of", before)
    if after > before:
        sys.exit(f"{after - before} products of {kind} became one with a sum")
