#!/usr/bin/env python3
"""Makes the goldens of tiny models, by hand: make_golden.py [--llama-cpp FOLDER] NAME...

Needs torch, transformers and safetensors. For each NAME of models.py it writes test/data/families/NAME.json (config, tensors, prompt,
greedy tokens) and NAME.npy (the last logits of the prompt), all in f32 by transformers, which reads the very folder that
tiny_checkpoint.py makes; and NAME.gguf with llama.cpp's converter, whose sources --llama-cpp names.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch
import transformers
from safetensors import safe_open

from models import COMMON, MODELS
from tiny_checkpoint import GOLDENS, kind_of, vocabulary_of, write_checkpoint

PROMPT, GREEDY, ROWS = 40, 32, 16
LEAST_GAP = 3e-3  # between the two largest logits: what programs differ by turns no token


def empty_model(model):
    keys = {key: value for key, value in {**COMMON, **model.keys}.items() if value is not None}
    config = getattr(transformers, model.config_class)(**keys)
    return getattr(transformers, model.model_class).from_config(config) if model.model_class.startswith("Auto") else getattr(
        transformers, model.model_class)(config)


def tensors_of(model, folder):
    """name -> [shape, dtype, kind] of what transformers saves, in its order."""
    empty_model(model).save_pretrained(folder)
    gain = "gain - 1" if re.search("gemma(?!3n)|qwen3next", model.config_class.lower()) else "gain"
    tensors = {}
    for path in sorted(pathlib.Path(folder).glob("*.safetensors")):
        with safe_open(path, "np") as file:
            for name in file.keys():
                shape = list(file.get_slice(name).get_shape())
                kinds = [kind for pattern, kind in model.values.items() if re.search(pattern, name)]
                tensors[name] = [shape, model.dtype, kinds[0] if kinds else kind_of(name, shape, gain)]
    return stored_as_mxfp4(tensors) if model.mxfp4 else tensors


def stored_as_mxfp4(tensors):
    """Experts in codes with a power of two for each 32 columns, where `tensors` have them transposed."""
    stored = {}
    for name, (shape, dtype, kind) in tensors.items():
        if re.search("experts.*_proj$", name):
            experts, columns, rows = shape
            stored[name + "_blocks"] = [[experts, rows, columns // 32, 16], "uint8", ["bits"]]
            stored[name + "_scales"] = [[experts, rows, columns // 32], "uint8", ["powers of two", 122]]
        else:
            stored[name] = [shape, dtype, kind]
    return stored


def config_of(model, folder):
    config = json.loads((pathlib.Path(folder) / "config.json").read_text())
    config["dtype"] = model.dtype
    config.pop("transformers_version", None)
    for key, value in model.changes.items():
        if value is None:
            config.pop(key, None)
        else:
            config[key] = value
    return config


def logits_of(network, ids):
    with torch.no_grad():
        return network(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float().numpy()


def gap(rows):
    top = np.sort(rows, axis=-1)[..., -2:]
    return float((top[..., 1] - top[..., 0]).min())


def load(model, folder, config, tensors, seed):
    write_checkpoint(folder, config, tensors, seed)
    loader = getattr(transformers, model.model_class)
    options = dict(quantization_config=transformers.Mxfp4Config(dequantize=True)) if model.mxfp4 else {}
    return loader.from_pretrained(folder, **options, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager").eval()


def run(network, prompt):
    """Logits of the prompt, the tokens that follow, and by how much the best of them lie before the second."""
    logits, ids, rows = logits_of(network, prompt), list(prompt), []
    for _ in range(GREEDY):
        rows.append(logits_of(network, ids)[-1])
        ids.append(int(rows[-1].argmax()))
    return logits, ids[len(prompt) :], min(gap(logits), gap(np.stack(rows)))


def make(name, folder, llama_cpp):
    model = MODELS[name]
    tensors, config = tensors_of(model, folder), config_of(model, folder)
    for path in pathlib.Path(folder).iterdir():
        path.unlink()
    prompt = [1] + np.random.RandomState(len(name)).randint(3, vocabulary_of(config), PROMPT - 1).tolist()
    for seed in range(100):
        network = load(model, folder, config, tensors, seed)
        logits, greedy, smallest = run(network, prompt)
        if smallest >= LEAST_GAP:
            break
    else:
        sys.exit(f"{name}: the two largest logits always lie close together")
    noise = float(np.abs(logits_of(network.double(), prompt) - logits).max())
    golden = {"model": name, "seed": seed, "made_with": f"transformers {transformers.__version__}, f32, attention eager, no cache",
              "config": config, "tensors": tensors, "prompt": prompt, "greedy": greedy, "long_argmax": logits.argmax(1).tolist(),
              "logits": {"positions": [PROMPT - ROWS, PROMPT], "std": float(logits.std()), "noise": noise}}
    GOLDENS.mkdir(exist_ok=True)
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items()]
    (GOLDENS / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    np.save(GOLDENS / f"{name}.npy", logits[-ROWS:])
    print(f"{name}: {sum(int(np.prod(shape)) for shape, _, _ in tensors.values())} weights, seed {seed}, logits' std {logits.std():.2f}, "
          f"noise {noise:.0e}, smallest gap {smallest:.1e}, {len(set(greedy))} different tokens")
    if model.gguf and llama_cpp:
        path = GOLDENS / f"{name}.gguf"
        convert = pathlib.Path(__file__).with_name("convert_gguf.py")
        subprocess.run([sys.executable, convert, llama_cpp, folder, path, name], check=True)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--llama-cpp")
    parser.add_argument("names", nargs="+", metavar="NAME")
    options = parser.parse_args()
    transformers.logging.disable_progress_bar()
    for name in options.names:
        with tempfile.TemporaryDirectory() as folder:
            make(name, folder, options.llama_cpp)
