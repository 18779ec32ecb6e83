"""What the tensors of quantised checkpoints hold: codes, scales, orders of columns, as bytes. numpy only.

A tensor's kind is a list: what it is, and numbers. All come from numpy's RandomState, seeded with the tensor's name.
"""
import zlib

import numpy as np


def bf16(x):
    bits = x.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")


FLOATS = {"float32": lambda x: x.astype("<f4"), "float16": lambda x: x.astype("<f2"), "bfloat16": bf16}


def small_floats(random, count, exponent_bits, mantissa_bits):
    """Codes of a sign, middling exponents or none, and a mantissa."""
    middle = (1 << exponent_bits - 1) - 3 + random.randint(0, 4, count)
    exponent = np.where(random.randint(0, 16, count) == 0, 0, middle)
    return random.randint(0, 2, count) << 7 | exponent << mantissa_bits | random.randint(0, 1 << mantissa_bits, count)


def packed(name, shape, dtype, kind, seed=0):
    """The bytes of a tensor."""
    random = np.random.RandomState(zlib.crc32(f"{seed}/{name}".encode()))
    what, *numbers = kind
    count = int(np.prod(shape))
    if what == "bits":  # of any kind of code
        return random.bytes(count * {"int32": 4}.get(dtype, 1))
    if what == "trits":  # four in a byte
        return (random.randint(0, 3, (count, 4)) << [0, 2, 4, 6]).sum(1).astype("u1").tobytes()
    if what == "small integers":
        return random.randint(-numbers[0], numbers[0] + 1, count).astype({"int8": "i1", "uint8": "u1"}[dtype]).tobytes()
    if what == "e4m3":
        return small_floats(random, count, 4, 3).astype("u1").tobytes()
    if what == "e5m2":
        return small_floats(random, count, 5, 2).astype("u1").tobytes()
    if what == "e4m3 scales":
        return random.randint(0x30, 0x40, count).astype("u1").tobytes()
    if what == "powers of two":
        return random.randint(numbers[0], numbers[0] + 3, count).astype("u1").tobytes()
    if what == "scales":  # between half and three halves of a number
        return FLOATS[dtype]((random.random_sample(count) + 0.5) * numbers[0]).tobytes()
    if what == "signed scales":
        return FLOATS[dtype](random.standard_normal(count) * numbers[0]).tobytes()
    if what == "ascending":
        return np.sort(random.standard_normal(count) / 3).astype("<f4").tobytes()
    if what == "groups in order":  # of each column
        return (np.arange(count) // numbers[0]).astype("<i4").tobytes()
    if what == "groups":  # the same, scattered; the same number, the same order
        order = np.random.RandomState(numbers[1]).permutation(count)
        return (order // numbers[0]).astype("<i4").tobytes()
    if what == "numbers":
        return np.array(numbers, {"int64": "<i8", "float32": "<f4"}[dtype]).tobytes()
    if what == "text":
        return numbers[0].encode()
    raise ValueError(f"no kind of tensor is called '{what}'")
