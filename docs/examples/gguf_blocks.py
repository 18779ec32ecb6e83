"""Rewrites a GGUF file with matrices in blocks of a type of one's own: what docs/AddingAFormat.md needs. numpy only."""

import struct

import numpy as np

NUMBERS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of value types
STRING, ARRAY, F32 = 8, 9, 0


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, code):
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize(code)
        return value

    def text(self):
        size = self.take("Q")
        self.at += size
        return self.data[self.at - size : self.at]

    def skip(self, kind):
        if kind == STRING:
            self.text()
        elif kind == ARRAY:
            kind, count = self.take("I"), self.take("Q")
            for _ in range(count):
                self.skip(kind)
        else:
            self.at += NUMBERS[kind]


def read(path):
    """How many keys the file has and their bytes, and of each tensor its name, shape, the number of its type, and bytes."""
    reader = Reader(open(path, "rb").read())
    reader.take("I"), reader.take("I")  # magic, version
    tensors, keys = reader.take("Q"), reader.take("Q")
    start = reader.at
    for _ in range(keys):
        reader.text()
        reader.skip(reader.take("I"))
    metadata = reader.data[start : reader.at]
    table = []
    for _ in range(tensors):
        name = reader.text()
        shape = [reader.take("Q") for _ in range(reader.take("I"))]
        table.append((name, shape, reader.take("I"), reader.take("Q")))
    first = -(-reader.at // 32) * 32
    ends = sorted(place for _, _, _, place in table) + [len(reader.data) - first]
    return keys, metadata, [(name, shape, kind, reader.data[first + place : first + next(end for end in ends if end > place)])
                            for name, shape, kind, place in table]


def write(path, keys, metadata, table):
    entries, parts, offset = [], [], 0
    for name, shape, kind, data in table:
        entries.append(struct.pack("<Q", len(name)) + name + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset))
        parts.append(data + bytes(-len(data) % 32))
        offset += len(parts[-1])
    header = b"GGUF" + struct.pack("<IQQ", 3, len(table), keys) + metadata + b"".join(entries)
    with open(path, "wb") as file:
        file.write(header + bytes(-len(header) % 32) + b"".join(parts))


def rewrite(source, target, type, columns, encode):
    """Every f32 matrix of `source` whose rows are whole blocks of so many columns goes through encode([blocks, columns] f32), which
    gives [blocks, bytes] u8; other tensors stay as they are. `type` is the number that the new tensors have."""
    keys, metadata, table = read(source)
    for i, (name, shape, kind, data) in enumerate(table):
        if kind == F32 and len(shape) == 2 and shape[0] % columns == 0:
            weights = np.frombuffer(data, "<f4", shape[0] * shape[1]).reshape(-1, columns)
            table[i] = name, shape, type, encode(weights).astype(np.uint8).tobytes()
    write(target, keys, metadata, table)
