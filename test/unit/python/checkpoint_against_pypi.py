"""Compares the checkpoint readers with the Python packages of the formats themselves.

usage: checkpoint_against_pypi.py vspec-list-checkpoint [CHECKPOINT...]

Random GGUF and safetensors files are written with PyPI's gguf and safetensors; given checkpoints are read with them.
Names, encodings, shapes, bytes and metadata must agree with what vspec-list-checkpoint prints. Ends with 77 (skipped) if
a package is missing.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    import gguf
    import numpy as np
    import safetensors
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (pip install gguf safetensors numpy)")
    sys.exit(77)
if not hasattr(safetensors, "TensorSpec"):
    print(f"skipped: safetensors {safetensors.__version__} is installed, but its raw writer changed in 0.8 (pip install 'safetensors>=0.8')")
    sys.exit(77)

ODD_NAMES = ["a", "blk.0.attn_q.weight", "größe 語 😀", "tab\there\nline", "quote'\"\\", "x" * 63, " ", "\x01", "a\u0000b"]
# gguf 0.19 still has the old size of this type, which no file stores.
SIZE_DIFFERS = {"Q8_1"}


def listing(program, path):
    done = subprocess.run([program, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    tensors = {bytes.fromhex(line[1]).decode(): line[2:] for line in lines if line[0] == "tensor"}
    keys = {bytes.fromhex(line[1]).decode(): line[2] for line in lines if line[0] == "key"}
    return tensors, keys


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: vspec sees {found!r}, expected {expected!r}")


def shown(value):
    """A metadata value as vspec-list-checkpoint prints it."""
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(shown(element) for element in value) + "]"
    if isinstance(value, str):
        return "'" + value.encode().hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value < 2**63:
        return str(value)
    return f"{float(value):.17g}"


def described(encoding, shape, data):
    return [encoding, ",".join(str(extent) for extent in shape), hashlib.sha256(data).hexdigest()]


def random_shape(rng, inner):
    return [rng.randint(1, 4) for _ in range(rng.randint(0, 3))] + [inner]


def random_metadata(rng):
    """(key, value, type, element type) of every type, at the edges of its range."""
    types = gguf.GGUFValueType
    integers = {"UINT8": (0, 2**8 - 1), "INT8": (-2**7, 2**7 - 1), "UINT16": (0, 2**16 - 1), "INT16": (-2**15, 2**15 - 1),
                "UINT32": (0, 2**32 - 1), "INT32": (-2**31, 2**31 - 1), "UINT64": (0, 2**64 - 1), "INT64": (-2**63, 2**63 - 1)}
    scalars = {name: lambda low=low, high=high: rng.choice([low, high, rng.randint(low, high)]) for name, (low, high) in integers.items()}
    scalars["FLOAT32"] = lambda: float(np.float32(rng.gauss(0, 1e10)))
    scalars["FLOAT64"] = lambda: rng.gauss(0, 1e100)
    scalars["BOOL"] = lambda: rng.random() < 0.5
    scalars["STRING"] = lambda: rng.choice(ODD_NAMES + [""])
    for name, draw in scalars.items():
        yield f"scalar.{name}", draw(), types[name], None
        if name != "UINT64":  # beyond int64, elements print as doubles; the scalar covers it
            yield f"array.{name}", [draw() for _ in range(rng.randint(1, 40))], types.ARRAY, types[name]
    yield "array.nested", [["a", "b"], ["ö"]], types.ARRAY, None


def check_gguf(program, folder, rng):
    path = os.path.join(folder, "random.gguf")
    writer = gguf.GGUFWriter(path, "llama")
    alignment = rng.choice([8, 32, 64, 4096])
    writer.add_custom_alignment(alignment)
    keys = {"general.architecture": shown("llama"), "general.alignment": shown(alignment)}
    for key, value, kind, element in random_metadata(rng):
        writer.add_key_value(key, value, kind, element)
        keys[key] = shown(value)
    tensors = {}
    types = [kind for kind in gguf.GGMLQuantizationType if kind.name not in SIZE_DIFFERS]
    names = ODD_NAMES + [f"t{i}" for i in range(len(types))]
    for i, kind in enumerate(types):
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = rng.randint(1, 3)
        shape = random_shape(rng, blocks * elements)
        data = np.frombuffer(rng.randbytes(int(np.prod(shape[:-1], dtype=int)) * blocks * size), np.uint8)
        writer.add_tensor(names[i], data.reshape(shape[:-1] + [blocks * size]), raw_dtype=kind)
        tensors[names[i]] = described(kind.name.lower(), shape, data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found_tensors, found_keys = listing(program, path)
    lowered = {name: [fields[0].lower()] + fields[1:] for name, fields in found_tensors.items()}
    expect("tensors", lowered, tensors)
    expect("keys", found_keys, keys)


# What safetensors calls a dtype when it writes, what it then puts into the file, and bits.
DTYPES = [("float64", "f64", 64), ("float32", "f32", 32), ("float16", "f16", 16), ("bfloat16", "bf16", 16), ("int64", "i64", 64),
          ("int32", "i32", 32), ("int16", "i16", 16), ("int8", "i8", 8), ("uint64", "u64", 64), ("uint32", "u32", 32),
          ("uint16", "u16", 16), ("uint8", "u8", 8), ("bool", "bool", 8), ("float8_e4m3fn", "f8_e4m3", 8),
          ("float8_e5m2", "f8_e5m2", 8), ("float8_e8m0fnu", "f8_e8m0", 8), ("float8_e4m3fnuz", "f8_e4m3fnuz", 8),
          ("float8_e5m2fnuz", "f8_e5m2fnuz", 8), ("complex64", "c64", 64),
          ("float4_e2m1fn_x2", "f4", 8)]
PACKED = "float4_e2m1fn_x2"


def random_safetensors(rng, path, names):
    tensors, specs, alive = {}, {}, []
    for name in names:
        dtype, encoding, bits = rng.choice(DTYPES)
        shape = random_shape(rng, rng.randint(0, 7)) if dtype == PACKED or rng.random() < 0.9 else []
        data = np.frombuffer(rng.randbytes(int(np.prod(shape, dtype=int)) * bits // 8), np.uint8)
        alive.append(data)
        specs[name] = safetensors.TensorSpec(dtype=dtype, shape=shape, data_ptr=data.ctypes.data, data_len=data.nbytes)
        if dtype == PACKED:  # the package doubles the last extent of what is stored as bytes
            shape = shape[:-1] + [shape[-1] * 2]
        tensors[name] = described(encoding, shape, data)
    with open(path, "wb") as file:
        file.write(safetensors.serialize(specs, metadata={"format": "pt", "odd": ODD_NAMES[2]}))
    return tensors


def check_safetensors(program, folder, rng):
    names = ODD_NAMES + [f"model.layers.{i}.weight" for i in range(40)]
    shards = rng.randint(1, 3)
    tensors, weight_map = {}, {}
    for i in range(shards):
        file = "model.safetensors" if shards == 1 else f"model-{i + 1:05}-of-{shards:05}.safetensors"
        written = random_safetensors(rng, os.path.join(folder, file), names[i::shards])
        tensors.update(written)
        weight_map.update({name: file for name in written})
    if shards > 1:
        with open(os.path.join(folder, "model.safetensors.index.json"), "w") as index:
            json.dump({"metadata": {}, "weight_map": weight_map}, index)
    with open(os.path.join(folder, "config.json"), "w") as config:
        json.dump({"model_type": "random"}, config)
    expect("tensors", listing(program, folder)[0], tensors)


def check_given(program, path):
    tensors, keys = listing(program, path)
    if os.path.isdir(path):
        weights = [os.path.join(path, name) for name in os.listdir(path) if name.endswith(".safetensors")]
        expected = {}
        for file in weights:
            with open(file, "rb") as opened:
                for name, entry in safetensors.deserialize(opened.read()):
                    expected[name] = described(entry["dtype"].lower(), entry["shape"], bytes(entry["data"]))
        expect(path, tensors, expected)
        return
    reader = gguf.GGUFReader(path)
    expect(path, {name: [fields[0].lower()] + fields[1:] for name, fields in tensors.items()},
           {tensor.name: described(tensor.tensor_type.name.lower(), [int(extent) for extent in reversed(tensor.shape)], tensor.data.tobytes())
            for tensor in reader.tensors})
    expect(path, keys, {name: shown(field.contents()) for name, field in reader.fields.items() if not name.startswith("GGUF.")})


def main():
    program, given = sys.argv[1], sys.argv[2:]
    for seed in range(20):
        rng = random.Random(seed)
        for check in check_gguf, check_safetensors:
            with tempfile.TemporaryDirectory() as folder:
                check(program, folder, rng)
    for path in given:
        check_given(program, path)
    print(f"20 random checkpoints of each kind and {len(given)} given ones agree")


main()
