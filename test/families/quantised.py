"""Tiny Llamas as each kind of quantised checkpoint stores them: what tensors there are instead of `NAME.weight`.

VARIANTS[NAME] = Variant(quantization_config, parts, ...): parts(rows, columns) gives {ending: [shape, dtype, kind]} of quantised_tensors.py.
"""
from dataclasses import dataclass, field

WIDTH, FEED_FORWARD = 64, 160  # of the feed-forward: not whole groups of 64, nor blocks of 128
MATRICES = {"attn_q": ("self_attn.q_proj", 64, 64), "attn_k": ("self_attn.k_proj", 32, 64), "attn_v": ("self_attn.v_proj", 32, 64),
            "attn_output": ("self_attn.o_proj", 64, 64), "ffn_gate": ("mlp.gate_proj", 160, 64), "ffn_up": ("mlp.up_proj", 160, 64),
            "ffn_down": ("mlp.down_proj", 64, 160)}
BITS = ["bits"]


@dataclass
class Variant:
    config: dict
    parts: object
    runs: bool = True  # logits are compared too, not only the weights
    extra: dict = field(default_factory=dict)  # tensors of no module


def ceil(a, b):
    return -(-a // b)


def gptq(bits, group, scattered=False, second=False, dtype="float16"):
    """Groups of -1 are rows; `scattered`: q, k and v each have an order of their own."""
    def parts(name, rows, columns):
        groups = 1 if group < 0 else ceil(columns, group)
        result = {"qweight": [[columns // 32 * bits, rows], "int32", BITS], "qzeros": [[groups, rows // 32 * bits], "int32", BITS],
                  "scales": [[groups, rows], dtype, ["scales", 0.6 / 2**bits]]}
        if group > 0:
            kind = ["groups", group, len(name)] if scattered else ["groups in order", group]
            result["g_idx"] = [[columns], "int32", kind]
        return result
    config = {"quant_method": "gptq", "bits": bits, "group_size": group, "desc_act": scattered, "sym": False}
    return Variant({**config, "checkpoint_format": "gptq_v2"} if second else config, parts)


def awq(group, version="gemm"):
    def parts(name, rows, columns):
        groups = columns // group
        words = ceil(ceil(groups, 8), 4) * 4  # of groups of 32
        if version == "gemv":
            return {"qweight": [[rows, columns // 8], "int32", BITS], "qzeros": [[rows, words], "int32", BITS],
                    "scales": [[rows, words * 8], "float16", ["scales", 0.04]]}
        return {"qweight": [[columns, rows // 8], "int32", BITS], "qzeros": [[groups, rows // 8], "int32", BITS],
                "scales": [[groups, rows], "float16", ["scales", 0.04]]}
    return Variant({"quant_method": "awq", "bits": 4, "group_size": group, "zero_point": True, "version": version}, parts)


def compressed(format, weights, parts):
    scheme = {"targets": ["Linear"], "weights": weights, "input_activations": None, "output_activations": None}
    return Variant({"quant_method": "compressed-tensors", "format": format, "config_groups": {"group_0": scheme}, "ignore": ["lm_head"],
                    "quantization_status": "compressed", "kv_cache_scheme": None}, parts)


def packed_integers(bits, group, symmetric, scattered=False):
    def parts(name, rows, columns):
        groups = 1 if group < 0 else columns // group
        result = {"weight_packed": [[rows, ceil(columns * bits, 32)], "int32", BITS], "weight_shape": [[2], "int64", ["numbers", rows, columns]],
                  "weight_scale": [[rows, groups], "bfloat16", ["scales", 0.6 / 2**bits]]}
        if not symmetric:
            result["weight_zero_point"] = [[ceil(rows * bits, 32), groups], "int32", BITS]
        if scattered:
            result["weight_g_idx"] = [[columns], "int32", ["groups", group, 7]]
        return result
    weights = {"num_bits": bits, "type": "int", "symmetric": symmetric, "strategy": "channel" if group < 0 else "group",
               "group_size": None if group < 0 else group, "actorder": "group" if scattered else None}
    return compressed("pack-quantized", weights, parts)


def scaled(format, element, weights, scale_shape, scale=("float32", ["scales", 1 / 500]), zero=False):
    dtype, kind = element
    def parts(name, rows, columns):
        shape = scale_shape(rows, columns)
        result = {"weight": [[rows, columns], dtype, kind], "weight_scale": [shape, *scale]}
        if zero:
            result["weight_zero_point"] = [shape, "int8", ["small integers", 40]]
        return result
    return compressed(format, weights, parts)


def fp8(blocks):
    def parts(name, rows, columns):
        shape = [ceil(rows, blocks[0]), ceil(columns, blocks[1])] if blocks else []
        return {"weight": [[rows, columns], "float8_e4m3fn", ["e4m3"]], "weight_scale_inv": [shape, "float32", ["scales", 0.3]]}
    return Variant({"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": blocks}, parts)


def bitnet(linear_class):
    def parts(name, rows, columns):
        scale = 0.2 if linear_class == "autobitlinear" else 5
        return {"weight": [[rows // 4, columns], "uint8", ["trits"]], "weight_scale": [[1], "bfloat16", ["scales", scale]]}
    return Variant({"quant_method": "bitnet", "linear_class": linear_class, "quantization_mode": "offline"}, parts)


NF4 = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
       -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
       0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]
FP4 = [0.0, 0.0625, 8.0, 12.0, 4.0, 6.0, 2.0, 3.0, -0.0, -0.0625, -8.0, -12.0, -4.0, -6.0, -2.0, -3.0]


def four_bits(kind, nested):
    table = NF4 if kind == "nf4" else [value / 12 for value in FP4]
    def parts(name, rows, columns):
        blocks = ceil(rows * columns, 64)
        state = {"quant_type": kind, "blocksize": 64, "dtype": "float32", "shape": [rows, columns]}
        result = {"weight": [[rows * columns // 2, 1], "uint8", BITS], "weight.quant_map": [[16], "float32", ["numbers", *table]]}
        if nested:
            state.update(nested_blocksize=256, nested_dtype="float32", nested_offset=0.4013671875)
            result.update({"weight.absmax": [[blocks], "uint8", BITS], "weight.nested_absmax": [[ceil(blocks, 256)], "float32", ["scales", 0.2]],
                           "weight.nested_quant_map": [[256], "float32", ["ascending"]]})
        else:
            result["weight.absmax"] = [[blocks], "float32", ["scales", 0.4]]
        text = __import__("json").dumps(state)
        result[f"weight.quant_state.bitsandbytes__{kind}"] = [[len(text)], "uint8", ["text", text]]
        return result
    return Variant({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": kind, "bnb_4bit_use_double_quant": nested}, parts)


def eight_bits():
    def parts(name, rows, columns):
        return {"weight": [[rows, columns], "int8", BITS], "SCB": [[rows], "float32", ["scales", 0.35]],
                "weight_format": [[], "uint8", ["small integers", 0]]}
    return Variant({"quant_method": "bitsandbytes", "load_in_8bit": True}, parts)


def fp4(format, group, scale, more={}):
    weights = {"num_bits": 4, "type": "float", "symmetric": True, "strategy": "tensor_group" if more else "group", "group_size": group}
    return compressed(format, weights, lambda name, rows, columns: {
        "weight_packed": [[rows, columns // 2], "uint8", BITS], "weight_scale": [[rows, columns // group], *scale], **more})


def only_weights(variant):
    variant.runs = False
    return variant


int8 = ("int8", BITS)
e4m3 = ("float8_e4m3fn", ["e4m3"])
VARIANTS = {
    "gptq-4bit-scattered": gptq(4, 32, scattered=True),
    "gptq-3bit-tail": only_weights(gptq(3, 64, second=True)),
    "gptq-2bit": only_weights(gptq(2, 32)),
    "gptq-8bit-row": only_weights(gptq(8, -1, dtype="bfloat16")),
    "awq-gemm": awq(32),
    "compressed-int4-scattered": only_weights(packed_integers(4, 32, False, scattered=True)),
    "compressed-int8-row": only_weights(packed_integers(8, -1, True)),
    "compressed-int3-group": only_weights(packed_integers(3, 32, False)),
    "compressed-w8a8": scaled("int-quantized", int8, {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "channel"},
                              lambda n, k: [n, 1]),
    "compressed-int8-zero": only_weights(scaled("int-quantized", int8, {"num_bits": 8, "type": "int", "symmetric": False, "strategy": "channel"},
                                                lambda n, k: [n, 1], ("bfloat16", ["scales", 1 / 500]), zero=True)),
    "compressed-fp8": only_weights(scaled("float-quantized", e4m3, {"num_bits": 8, "type": "float", "symmetric": True, "strategy": "tensor"},
                                          lambda n, k: [1], ("float32", ["scales", 0.3]))),
    "compressed-fp8-row": only_weights(scaled("float-quantized", e4m3, {"num_bits": 8, "type": "float", "symmetric": True, "strategy": "channel"},
                                              lambda n, k: [n, 1], ("bfloat16", ["scales", 0.3]))),
    "compressed-nvfp4": fp4("nvfp4-pack-quantized", 16, ("float8_e4m3fn", ["e4m3 scales"]),
                            {"weight_global_scale": [[1], "float32", ["numbers", 16.0]]}),
    "compressed-mxfp4": only_weights(fp4("mxfp4-pack-quantized", 32, ("uint8", ["powers of two", 122]))),
    "fp8-blocks": fp8([128, 128]),
    "fp8-tensor": only_weights(fp8(None)),
    "bitnet-auto": bitnet("autobitlinear"),
    "bitnet-old": only_weights(bitnet("bitlinear")),
    "bitsandbytes-nf4-double": four_bits("nf4", True),
    "bitsandbytes-fp4": only_weights(four_bits("fp4", False)),
    "bitsandbytes-int8": only_weights(eight_bits()),
}


def tensors_of(variant, dtype):
    """name -> [shape, dtype, kind] of the whole model."""
    vectors = {"input_layernorm": "gain", "post_attention_layernorm": "gain"}
    tensors = {"model.embed_tokens.weight": [[64, WIDTH], dtype, "matrix"], "lm_head.weight": [[64, WIDTH], dtype, "matrix"],
               "model.norm.weight": [[WIDTH], dtype, "gain"]}
    for name, kind in vectors.items():
        tensors[f"model.layers.0.{name}.weight"] = [[WIDTH], dtype, kind]
    for module, rows, columns in MATRICES.values():
        for ending, part in variant.parts(module, rows, columns).items():
            tensors[f"model.layers.0.{module}.{ending}"] = part
    return tensors
