"""Compares how blocks of GGUF files decode with PyPI's gguf, bit for bit.

usage: blocks_against_pypi.py vspec-decode-blocks [BLOCKS]     BLOCKS random blocks of every type, 1000 if it does not say
       blocks_against_pypi.py --write GOLDEN                   writes test/data/golden/ggml-blocks.txt

Scales are subnormal, the largest f16, zeros and their negatives in turn, or random; never infinite or NaN. Ends with 77 (skipped) if a
package is missing.
"""

import hashlib
import subprocess
import sys

try:
    import gguf
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (pip install gguf numpy)")
    sys.exit(77)

# Columns and bytes of a block, and where its f16 scales lie.
TYPES = {
    "q4_0": (32, 18, [0]), "q4_1": (32, 20, [0, 2]), "q5_0": (32, 22, [0]), "q5_1": (32, 24, [0, 2]), "q8_0": (32, 34, [0]),
    "q2_k": (256, 84, [80, 82]), "q3_k": (256, 110, [108]), "q4_k": (256, 144, [0, 2]), "q5_k": (256, 176, [0, 2]),
    "q6_k": (256, 210, [208]), "iq1_s": (256, 50, [0]), "iq1_m": (256, 56, []), "iq2_xxs": (256, 66, [0]), "iq2_xs": (256, 74, [0]),
    "iq2_s": (256, 82, [0]), "iq3_xxs": (256, 98, [0]), "iq3_s": (256, 110, [0]), "iq4_nl": (32, 18, [0]), "iq4_xs": (256, 136, [0]),
    "tq1_0": (256, 54, [52]), "tq2_0": (256, 66, [64]), "mxfp4": (32, 17, []), "nvfp4": (64, 36, []), "q1_0": (128, 18, [0]),
    "q2_0": (64, 18, [0]),
}
EXTREMES = [None, 0x0001, 0x03FF, 0x7BFF, 0x8001, 0xFBFF, 0x0000, 0x8000]


def blocks_of(name, count, seed=1):
    """Bytes of a 64-bit linear congruence, as DecodersTest.cpp makes them too; then the scales."""
    columns, size, scales = TYPES[name]
    state, data = seed, bytearray()
    for _ in range(count * size):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        data.append(state >> 56)
    for block in range(count):
        at, extreme = block * size, EXTREMES[block % len(EXTREMES)]
        for scale in scales:
            if extreme is not None:
                data[at + scale], data[at + scale + 1] = extreme & 255, extreme >> 8
            elif data[at + scale + 1] & 0x7C == 0x7C:
                data[at + scale + 1] &= 0xBF
        if name == "iq1_m":  # its f16 lies in four nibbles
            half = extreme if extreme is not None else 0x3555
            for i in range(4):
                data[at + 49 + 2 * i] = data[at + 49 + 2 * i] & 15 | (half >> 4 * i & 15) << 4
        if name == "mxfp4" and data[at] == 255:  # NaN
            data[at] = 254
    return np.frombuffer(bytes(data), np.uint8).reshape(count, size)


def decoded(name, blocks):
    """What gguf makes of them. It has no decoder of the two newest types, which ggml-quants.c defines."""
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    if name == "q1_0":
        bits = np.unpackbits(blocks[:, 2:], axis=1, bitorder="little")
        return np.where(bits == 1, scale, -scale)
    if name == "q2_0":
        codes = (blocks[:, 2:, None] >> np.array([0, 2, 4, 6], np.uint8) & 3).reshape(len(blocks), -1)
        return (codes.astype(np.float32) - 1) * scale
    kind = next(kind for kind in gguf.GGMLQuantizationType if kind.name.lower() == name)
    return gguf.dequantize(blocks, kind)


def main():
    if sys.argv[1] == "--write":
        with open(sys.argv[2], "w") as golden:
            print("# Type, blocks and SHA-256 of the f32 that PyPI's gguf makes of them: test/unit/python/blocks_against_pypi.py --write", file=golden)
            for name in TYPES:
                bits = decoded(name, blocks_of(name, 64)).astype("<f4").tobytes()
                print(name, 64, hashlib.sha256(bits).hexdigest(), file=golden)
        return
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    for name, (columns, size, _) in TYPES.items():
        blocks = blocks_of(name, count, seed=2)
        done = subprocess.run([sys.argv[1], name, str(columns)], input=blocks.tobytes(), capture_output=True)
        if done.returncode:
            sys.exit(f"{name}: {done.stderr.decode()}")
        ours, theirs = np.frombuffer(done.stdout, "<u4"), decoded(name, blocks).astype("<f4").reshape(-1).view("<u4")
        if not np.array_equal(ours, theirs):
            at = int(np.flatnonzero(ours != theirs)[0]) if ours.shape == theirs.shape else 0
            sys.exit(f"{name}: weight {at % columns} of block {at // columns} is {ours[at]:#x}, expected {theirs[at]:#x}")
    print(f"{len(TYPES)} types, {count} blocks of each: equal")


main()
