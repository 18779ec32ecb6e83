"""Gives each expert a tensor of its own, as GGUF files of 2023 have them: experts_apart.py SOURCE.gguf TARGET.gguf"""
import sys

sys.path.insert(0, __file__.rsplit("/", 4)[0] + "/docs/examples")
from gguf_blocks import read, write

keys, metadata, table = read(sys.argv[1])
apart = []
for name, shape, kind, data in table:
    if len(shape) == 3:  # the last is the number of experts
        assert len(data) % (32 * shape[2]) == 0, "padding stands behind the last"
        stem, size = name.removesuffix(b"_exps.weight"), len(data) // shape[2]
        apart += [(b"%s.%d.weight" % (stem, i), shape[:2], kind, data[i * size : (i + 1) * size]) for i in range(shape[2])]
    else:
        apart.append((name, shape, kind, data))
write(sys.argv[2], keys, metadata, apart)
print(f"{len(apart) - len(table)} tensors more")
