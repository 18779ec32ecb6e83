#!/usr/bin/env python3
"""Makes the goldens of tiny quantised models, by hand: make_quantised_golden.py --gptqmodel FILE --autoawq FILE [NAME...]

Needs torch, transformers, compressed-tensors and bitsandbytes; FILE are gptqmodel/utils/model_dequant.py and awq/utils/packing_utils.py
of the sources of GPTQModel and AutoAWQ. For each NAME of quantised.py the method's own library dequantises the weights, in f32; the
golden, test/data/families/NAME.json, has their SHA-256, and, with NAME.npy, the logits that transformers computes of them.
"""
import argparse
import ast
import hashlib
import json
import sys
import tempfile

import numpy as np
import torch
import transformers
from safetensors.torch import load_file

from make_golden import GREEDY, LEAST_GAP, PROMPT, ROWS, run
from quantised import MATRICES, VARIANTS, tensors_of
from tiny_checkpoint import GOLDENS, write_checkpoint

CONFIG = dict(architectures=["LlamaForCausalLM"], model_type="llama", attention_bias=False, hidden_act="silu", hidden_size=64, head_dim=16,
              intermediate_size=160, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2, vocab_size=64, rms_norm_eps=1e-6,
              max_position_embeddings=128, bos_token_id=1, eos_token_id=2, pad_token_id=0, tie_word_embeddings=False, mlp_bias=False,
              rope_theta=10000.0, dtype="float32")


def functions(path):
    """The functions and numbers of a file, without what it imports."""
    tree = ast.parse(open(path).read())
    kept = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.Assign))]
    space = {"torch": torch, "PLANAR_BITS": (5, 6, 7)}  # which it imports
    for node in kept:
        if isinstance(node, ast.FunctionDef):
            node.returns, node.decorator_list = None, []
            for argument in node.args.args + node.args.kwonlyargs:
                argument.annotation = None
        try:
            exec(compile(ast.Module([node], []), path, "exec"), space)
        except Exception:
            pass  # a number that needs an import
    return space


def gptq(config, parts, rows, columns):
    lib = functions(OPTIONS.gptqmodel)
    zeros = parts["qzeros"]
    if lib["_uses_gptq_v1_qzeros"](config):
        zeros = lib["_correct_gptq_v1_qzeros"](zeros, config["bits"])
    index = parts["g_idx"].long() if "g_idx" in parts else torch.zeros(columns, dtype=torch.long)
    codes, zeros = lib["unpack_rows"](parts["qweight"], config["bits"]), lib["unpack_cols"](zeros, config["bits"])
    return ((codes.float() - zeros.float()[index]) * parts["scales"].float()[index]).t()


def awq(config, parts, rows, columns):
    lib = functions(OPTIONS.autoawq)
    return lib["dequantize_gemm"](parts["qweight"], parts["qzeros"], parts["scales"].float(), 4, config["group_size"]).t()


def compressed(config, parts, rows, columns):
    from compressed_tensors.compressors import BaseCompressor
    from compressed_tensors.quantization import QuantizationScheme
    from compressed_tensors.quantization.lifecycle.forward import dequantize
    from compressed_tensors.compressors.nvfp4.helpers import unpack_fp4_from_uint8
    from compressed_tensors.compressors.mx_utils import decompress_mx_scale
    group = config["config_groups"]["group_0"]
    scheme = QuantizationScheme(**{**group, "weights": {**group["weights"], "actorder": None}})  # which newer versions only read as none
    scale = parts["weight_scale"]
    if "fp4" in config["format"]:  # as its decompress, but in f32
        scale = decompress_mx_scale(scale) if scale.dtype == torch.uint8 else scale
        return dequantize(unpack_fp4_from_uint8(parts["weight_packed"], rows, columns, torch.float32), scale.float(), args=scheme.weights,
                          global_scale=parts.get("weight_global_scale"), dtype=torch.float32)
    index = parts.pop("weight_g_idx", None)
    parts["weight_scale"] = scale.float()
    if index is not None:  # columns in order of their groups, and back
        order = torch.argsort(index, stable=True)
        from compressed_tensors.compressors.pack_quantized.helpers import pack_to_int32, unpack_from_int32
        bits = scheme.weights.num_bits
        codes = unpack_from_int32(parts["weight_packed"], bits, torch.Size([rows, columns]))
        parts["weight_packed"] = pack_to_int32(codes[:, order].contiguous(), bits)
    weight = BaseCompressor.get_value_from_registry(config["format"]).decompress(parts, scheme)["weight"]
    if index is not None:
        weight = torch.empty_like(weight).index_copy_(1, order, weight)
    return weight


def fp8(config, parts, rows, columns):
    from transformers.integrations.finegrained_fp8 import _dequantize_fp8_weight
    return _dequantize_fp8_weight(parts["weight"], parts["weight_scale_inv"], config["weight_block_size"], torch.float32)


def bitnet(config, parts, rows, columns):
    from transformers.integrations.bitnet import unpack_weights
    codes, scale = unpack_weights(parts["weight"], torch.float32), parts["weight_scale"].float()
    return codes * scale if config["linear_class"] == "autobitlinear" else codes / scale


def bitsandbytes(config, parts, rows, columns):
    from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
    from bitsandbytes.functional import QuantState, dequantize_blockwise, int8_vectorwise_dequant
    if "SCB" in parts:
        weight = parts["weight"].float() * (parts["SCB"] * 7.874015718698502e-3)[:, None]
        given = int8_vectorwise_dequant(parts["weight"], parts["SCB"])  # multiplies in another order
        assert ((weight - given).abs() <= given.abs() * 2**-22).all()
        return weight
    state = QuantState.from_dict({name: part for name, part in parts.items() if name != "weight"}, torch.device("cpu"))
    absmax = dequantize_blockwise(state.absmax, state.state2) + state.offset if state.nested else state.absmax
    # As on a GPU: the kernel for CPUs begins a new block with each row, whatever the block size.
    return _dequantize_4bit_compute(parts["weight"].reshape(-1), absmax, state.code, state.blocksize, state.shape, torch.float32)


LIBRARIES = {"gptq": (gptq, "GPTQModel"), "awq": (awq, "AutoAWQ"), "compressed-tensors": (compressed, "compressed-tensors"), "fp8": (fp8, "transformers"),
             "bitnet": (bitnet, "transformers"), "bitsandbytes": (bitsandbytes, "bitsandbytes")}


def dequantised(folder, variant):
    """The state of a plain Llama, and the digests of its matrices."""
    state, digests = load_file(f"{folder}/model.safetensors"), {}
    library, _ = LIBRARIES[variant.config["quant_method"]]
    for name, (module, rows, columns) in MATRICES.items():
        prefix = f"model.layers.0.{module}."
        parts = {key[len(prefix):]: state.pop(key) for key in list(state) if key.startswith(prefix)}
        weight = library(variant.config, parts, rows, columns).float().contiguous()
        assert weight.shape == (rows, columns) and weight.isfinite().all()
        weight += 0.0  # a zero has no sign
        state[prefix + "weight"] = weight
        digests[f"blk.0.{name}"] = hashlib.sha256(weight.numpy().tobytes()).hexdigest()
    return state, digests


def make(name, folder):
    variant = VARIANTS[name]
    config, tensors = {**CONFIG, "quantization_config": variant.config}, tensors_of(variant, "float32")
    prompt = [1] + np.random.RandomState(len(name)).randint(3, 64, PROMPT - 1).tolist()
    for seed in range(100):
        write_checkpoint(folder, config, tensors, seed)
        state, digests = dequantised(folder, variant)
        if not variant.runs:
            break
        network = transformers.LlamaForCausalLM(transformers.LlamaConfig(**CONFIG, attn_implementation="eager")).eval()
        network.load_state_dict(state)
        logits, greedy, smallest = run(network, prompt)
        if smallest >= LEAST_GAP:
            break
    golden = {"model": name, "seed": seed, "made_with": LIBRARIES[variant.config["quant_method"]][1], "config": config, "tensors": tensors,
              "weights": digests}
    if variant.runs:
        golden.update(prompt=prompt, greedy=greedy, long_argmax=logits.argmax(1).tolist(),
                      logits={"positions": [PROMPT - ROWS, PROMPT], "std": float(logits.std())})
        np.save(GOLDENS / f"{name}.npy", logits[-ROWS:])
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items()]
    (GOLDENS / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    weights = torch.cat([weight.flatten() for key, weight in state.items() if "_proj" in key])
    print(f"{name}: seed {seed}, weights' std {float(weights.std()):.3f}" + (f", logits' std {logits.std():.2f}, gap {smallest:.1e}" if variant.runs else ""))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gptqmodel", required=True)
    parser.add_argument("--autoawq", required=True)
    parser.add_argument("names", nargs="*", default=list(VARIANTS), metavar="NAME")
    OPTIONS = parser.parse_args()
    transformers.logging.set_verbosity_error()
    for name in OPTIONS.names:
        with tempfile.TemporaryDirectory() as folder:
            make(name, folder)
