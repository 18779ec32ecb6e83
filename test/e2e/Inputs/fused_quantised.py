"""Writes a quantised folder twice: as Llama stores its matrices, and as Phi-3 does, Q, K and V in one and gate and up in another.

    fused_quantised.py GOLDEN APART FUSED

The parts of GOLDEN's matrices are joined along the axis on which they differ between matrices of 64 and of 32 rows; what has no such axis
(orders of columns, tables, a scale of the tensor) is the first matrix's for all.
"""
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "families"))
from quantised_tensors import packed
from tiny_checkpoint import STORED_AS, encode, tokenizer, values

FUSED = {"self_attn.qkv_proj": ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
         "mlp.gate_up_proj": ["mlp.gate_proj", "mlp.up_proj"]}
BYTES = {"float32": 4, "int32": 4, "int64": 8, "float16": 2, "bfloat16": 2}


def tensor(name, shape, dtype, kind):
    raw = packed(name, shape, dtype, kind) if isinstance(kind, list) else encode(values(name, shape, kind), dtype)
    return dtype, np.frombuffer(raw, f"u{BYTES.get(dtype, 1)}").reshape(shape)


def write(folder, config, tensors):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(config["vocab_size"])))
    header, data = {}, b""
    for name, (dtype, array) in tensors.items():
        raw = array.tobytes()
        header[name] = {"dtype": STORED_AS[dtype], "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)


def joined(ending, parts, axis):
    if axis is not None:
        return parts[0][0], np.concatenate([array for _, array in parts], axis)
    if ending == "weight_shape":  # rows, columns
        return parts[0][0], np.array([sum(array[0] for _, array in parts), parts[0][1][1]], parts[0][1].dtype)
    if "quant_state" in ending:
        states = [json.loads(array.tobytes()) for _, array in parts]
        states[0]["shape"][0] = sum(state["shape"][0] for state in states)
        return parts[0][0], np.frombuffer(json.dumps(states[0]).encode(), "u1")
    return parts[0]


def main(golden, apart, fused):
    golden, layer = json.loads(pathlib.Path(golden).read_text()), "model.layers.0."
    tensors = {name: tensor(name, *how) for name, how in golden["tensors"].items()}
    wide, narrow = (f"{layer}self_attn.{part}_proj." for part in "qk")
    axes = {}
    for name, (_, array) in tensors.items():
        if name.startswith(wide):
            ending = name[len(wide):]
            pairs = zip(array.shape, tensors[narrow + ending][1].shape)
            axes[ending] = None if "quant_state" in ending else next((i for i, (a, b) in enumerate(pairs) if a != b), None)
    together = dict(tensors)
    for whole, names in FUSED.items():
        for ending, axis in axes.items():
            if axis is None and ending != "weight_shape" and "quant_state" not in ending:
                for name in names[1:]:
                    tensors[f"{layer}{name}.{ending}"] = tensors[f"{layer}{names[0]}.{ending}"]
            parts = [tensors[f"{layer}{name}.{ending}"] for name in names]
            together[f"{layer}{whole}.{ending}"] = joined(ending, parts, axis)
            for name in names:
                del together[f"{layer}{name}.{ending}"]
    write(apart, golden["config"], tensors)
    write(fused, {**golden["config"], "architectures": ["Phi3ForCausalLM"], "model_type": "phi3"}, together)


main(*sys.argv[1:])
