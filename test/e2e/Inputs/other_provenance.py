"""Copies a model file with OLD in its provenance replaced by NEW, which is as long, and all hashes made right again.
Usage: other_provenance.py MODEL OUTPUT OLD NEW"""
import hashlib
import struct
import sys

content = bytearray(open(sys.argv[1], "rb").read())
old, new = sys.argv[3].encode(), sys.argv[4].encode()
count = struct.unpack_from("<I", content, 12)[0]
for entry in range(64, 64 + 96 * count, 96):
    kind, _, _, offset, size = struct.unpack_from("<IIQQQ", content, entry)
    if kind == 8:
        section = bytes(content[offset : offset + size])
        if len(old) != len(new) or old not in section:
            sys.exit("OLD is not there or NEW is of another length")
        content[offset : offset + size] = section.replace(old, new, 1)
        content[entry + 56 : entry + 88] = hashlib.sha256(content[offset : offset + size]).digest()
content[32:64] = hashlib.sha256(content[64 : 64 + 96 * count]).digest()
open(sys.argv[2], "wb").write(content)
