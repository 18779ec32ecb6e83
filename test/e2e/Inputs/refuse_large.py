"""Makes a folder with 16 GB of (sparse) weights, and sees that what is wrong with it is told before any is read.

    refuse_large.py FOLDER

Each line of CASES breaks one file of it. vspec-compile must end with status 1 and that message, after less than a second of processor time
and without the memory that reading would take.
"""
import json
import pathlib
import resource
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "families"))
from tiny_checkpoint import tokenizer

HIDDEN, FEED_FORWARD, CACHE, VOCABULARY, LAYERS = 4096, 14336, 1024, 128256, 32
CONFIG = {"architectures": ["LlamaForCausalLM"], "hidden_size": HIDDEN, "intermediate_size": FEED_FORWARD, "num_hidden_layers": LAYERS,
          "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": VOCABULARY, "max_position_embeddings": 8192, "torch_dtype": "bfloat16"}
LAYER = {"input_layernorm": [HIDDEN], "post_attention_layernorm": [HIDDEN], "self_attn.q_proj": [HIDDEN, HIDDEN],
         "self_attn.k_proj": [CACHE, HIDDEN], "self_attn.v_proj": [CACHE, HIDDEN], "self_attn.o_proj": [HIDDEN, HIDDEN],
         "mlp.gate_proj": [FEED_FORWARD, HIDDEN], "mlp.up_proj": [FEED_FORWARD, HIDDEN], "mlp.down_proj": [HIDDEN, FEED_FORWARD]}
SPECIAL = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}


def config(**changes):
    return "config.json", lambda file: file.update(changes)


def merge(*pair):
    return "tokenizer.json", lambda file: file["model"]["merges"].append(list(pair))


def added(**token):
    return "tokenizer.json", lambda file: file["added_tokens"].append({**SPECIAL, **token})


CASES = [
    (config(architectures=["FooForCausalLM"]), "/config.json: architectures[0] is 'FooForCausalLM', expected one of LlamaForCausalLM, "),
    (config(architectures="LlamaForCausalLM"), "/config.json: architectures is a string, expected an array"),
    (config(rope_scaling={"rope_type": "ntk"}), "/config.json: rope_scaling.rope_type is 'ntk', expected default, linear, dynamic, llama3, yarn or longrope"),
    (config(quantization_config={"quant_method": "hqq"}),
     "/config.json: quantization_config has quant_method 'hqq', expected one of gptq, awq, compressed-tensors, fp8, fbgemm_fp8, modelopt, bitnet, "),
    (config(quantization_config={"quant_method": "gptq", "bits": 5, "group_size": 128}), "/config.json: quantization_config.bits is 5, expected 2, 3, 4 or 8"),
    (config(hidden_act="tanh"), "/config.json: hidden_act is 'tanh', expected silu, gelu, gelu_pytorch_tanh or relu2"),
    (config(intermediate_size=FEED_FORWARD + 1), ": tensor 'model.layers.0.mlp.gate_proj.weight' is 14336x4096, expected 14337x4096"),
    (config(num_hidden_layers=LAYERS + 1), ": has no tensor 'model.layers.32.input_layernorm.weight'"),
    (config(eos_token_id=-1), "/config.json: eos_token_id is -1, expected the id of a token"),
    (("tokenizer.json", None), ": has no tokenizer.json, no tokenizer.model, and not both vocab.json and merges.txt"),
    (("tokenizer.json", lambda file: file.update(model={"type": "Foo", "vocab": {}})),
     "/tokenizer.json: model is of type 'Foo', but pre_tokenizer ByteLevel is known beside 'BPE'"),
    (merge("!", "zz"), "/tokenizer.json: model.merges[1] merges '!' and 'zz', but these two and what they make are not all in vocab"),
    (added(id=0, content="<x>"), "/tokenizer.json: added_tokens[3] has id 0 for '<x>', but model.vocab has it otherwise"),
]


def write_weights(path):
    header, end = {}, 0
    tensors = {"model.embed_tokens": [VOCABULARY, HIDDEN], "lm_head": [VOCABULARY, HIDDEN], "model.norm": [HIDDEN]}
    tensors.update({f"model.layers.{i}.{name}": shape for i in range(LAYERS) for name, shape in LAYER.items()})
    for name, shape in tensors.items():
        size = 2 * shape[0] * (shape[1] if len(shape) == 2 else 1)
        header[f"{name}.weight"] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)  # no byte of which takes room


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_weights(folder / "model.safetensors")
    whole, longest = {"config.json": CONFIG, "tokenizer.json": tokenizer(64)}, 0
    for (name, change), message in CASES:
        for file, content in whole.items():
            copy = json.loads(json.dumps(content))
            if file == name and change:
                change(copy)
            (folder / file).write_text(json.dumps(copy))
        if not change:
            (folder / name).unlink()
        before = processor_seconds()
        done = subprocess.run(["vspec-compile", "-q", folder, "-o", folder / "out.vspec"], capture_output=True, text=True)
        seconds = processor_seconds() - before
        longest = max(longest, seconds)
        if done.returncode != 1 or not done.stderr.startswith(f"vspec-compile: error: {folder}{message}") or seconds > 1:
            sys.exit(f"status {done.returncode}, {seconds:.2f} s, expected {message}: {done.stderr}")
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if kilobytes > 1 << 19:
        sys.exit(f"took {kilobytes} KB of memory")
    print(f"{len(CASES)} refusals")
    print(f"at most {longest:.2f} s and {kilobytes >> 10} MB", file=sys.stderr)


main(sys.argv[1])
