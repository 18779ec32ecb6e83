"""Copies a model file with some of its numbers changed, and makes the hashes of the sections and of their table right again.

    forge.py MODEL OUTPUT PLACE+BYTE:FORMAT=VALUE...

PLACE is a kind of section, like manifest, or entry.KIND, what the table says of it; FORMAT is one of struct's.
"""
import hashlib
import re
import struct
import sys

KINDS = "manifest program code entries weights tokenizer template provenance".split()
HEADER, ENTRY = 64, 96

data = bytearray(open(sys.argv[1], "rb").read())
count = struct.unpack_from("<I", data, 12)[0]
places, extents = {}, []
for entry in range(HEADER, HEADER + ENTRY * count, ENTRY):
    kind, offset, size = struct.unpack_from("<I12xQQ", data, entry)
    places[KINDS[kind - 1]], places["entry." + KINDS[kind - 1]] = offset, entry
    extents.append((entry, offset, size))
for change in sys.argv[3:]:
    place, byte, form, value = re.fullmatch(r"([\w.]+)\+(\d+):(\w+)=(.+)", change).groups()
    struct.pack_into("<" + form, data, places[place] + int(byte), value.encode() if form.endswith("s") else int(value))
for entry, offset, size in extents:
    data[entry + 56 : entry + 88] = hashlib.sha256(data[offset : offset + size]).digest()
data[32:64] = hashlib.sha256(data[HEADER : HEADER + ENTRY * count]).digest()
open(sys.argv[2], "wb").write(data)
