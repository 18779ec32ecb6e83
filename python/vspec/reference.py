"""What every vspec operation means, in numpy: the oracle for passes and kernels.

Runs a module as `vspec-compile --emit=json` writes it, from Import to Fuse, one step at a time. Weights are arrays [rows,
columns]; whoever made them has decoded their formats and applied their transforms. Sums are made in f64 and results rounded to
f32, except where the numerics contract names each operation (quantize, cache codes): there all is f32. This file
runs modules; operations.py and states.py say what each operation computes.

    vspec-compile stories260K.gguf --stop-after=fuse --emit=json -o stories
    python3 -m vspec.reference stories --prompt 1 --steps 200 --vocabulary stories260K.gguf --check golden.txt
"""
import json
import pathlib

import numpy as np

from vspec.operations import *  # each by its name: embed, rms_norm, ...
from vspec.states import Cache, Convolution, GatedDelta, Scan, merge_splits


class Session:
    """A module, its weights by name, and the state of its sessions."""

    def __init__(self, module, weights):
        self.module, self.weights = module, weights
        for name, weight in module["weights"].items():
            shape = (weight["rows"], weight["columns"])
            if weights[name].shape != shape:
                raise ValueError(f"weight {name} is {weights[name].shape}, expected {shape}")
        self.caches = {name: Cache(type) for name, type in module["caches"].items()}
        self.states = {}  # made by their first use, which knows what they are

    def step(self, rows, select):
        """rows: (slot, position, token) of each row; select: the rows whose logits are wanted. [selected, vocabulary] f32"""
        body = self.module["step"]
        return self._run(body, [np.asarray(rows, dtype=np.int64).reshape(-1, 3), np.asarray(select, dtype=np.int64)])[0]

    def _run(self, body, inputs):
        values = dict(zip(body["arguments"], inputs))
        for op in body["operations"]:
            operands = [values[number] for number in op["operands"]]
            if op["op"] in ("return", "yield"):
                return operands
            values.update(zip(op["results"], self._perform(op, operands)))
        raise ValueError("the operations end without return or yield")

    def _perform(self, op, x):
        kind, attributes = op["op"], op["attributes"]
        weight = lambda role: self.weights[attributes[role]]
        sinks = weight("sinks").reshape(-1) if "sinks" in attributes else None
        if kind == "fused":
            return self._run(op["body"], x)
        if kind == "embed":
            learned = weight("positions") if "positions" in attributes else None
            return [embed(weight("weight"), *x, learned, attributes.get("scale", 1.0), attributes.get("stand_in"))]
        if kind == "select_rows":
            return [select_rows(*x)]
        if kind == "rms_norm":
            gain = weight("gain") if "gain" in attributes else None
            return [rms_norm(*x, gain, attributes["epsilon"], attributes.get("heads", 1))]
        if kind == "layer_norm":
            bias = weight("bias") if "bias" in attributes else None
            return [layer_norm(*x, weight("gain"), attributes["epsilon"], bias, attributes.get("heads", 1))]
        if kind == "quantize":
            return [quantize(*x, attributes["block"], attributes.get("parts", 1))]
        if kind == "round_bf16":
            return [round_bf16(*x)]
        if kind == "permute_columns":
            return [permute_columns(*x, weight("order"))]
        if kind == "linear":
            return [linear(x[0], weight("weight"), *x[1:])]
        if kind == "add_bias":
            return [add_bias(x[0], weight("bias"), *x[1:])]
        if kind == "add":
            return [add(*x)]
        if kind == "scale":
            return [scale(*x, attributes["factor"])]
        if kind == "scale_columns":
            return [scale_columns(*x, weight("gain"))]
        if kind == "weighted_sum":
            factors = attributes["factors"]
            return [weighted_sum(x[: len(factors)], factors, *x[len(factors) :], first=attributes.get("first", 0))]
        if kind == "take_part":
            return [take_part(*x, attributes["part"], attributes["parts"])]
        if kind == "sum_parts":
            return [sum_parts(*x, attributes["parts"])]
        if kind == "excess":
            return [excess(*x, attributes["deviations"])]
        if kind == "match_magnitude":
            return [match_magnitude(*x, attributes["epsilon"])]
        if kind == "soft_cap":
            return [soft_cap(*x, attributes["cap"])]
        if kind == "activate":
            return [activate(*x, attributes["activation"])]
        if kind == "gate":
            return [gate(*x, attributes["activation"])]
        if kind == "gated_linear":
            return [gated_linear(*x, weight("weight"), attributes["activation"])]
        if kind == "sparse_linear":
            return [sparse_linear(*x, weight("weight"), attributes.get("split", 1024))]
        if kind == "route":
            return [route(*x, attributes["chosen"], attributes["scores"], attributes.get("scale", 1.0))]
        if kind == "combine":
            return [combine(*x)]
        if kind == "scale_rows":
            return [scale_rows(*x)]
        if kind == "rope":
            return [rope(*x, attributes["heads"], attributes["frequencies"], attributes.get("attention_factor", 1.0))]
        if kind == "kv_append":
            return self.caches[attributes["cache"]].append(*x) or []
        if kind == "attention":
            cache = self.caches[attributes["cache"]]
            options = attributes["heads"], attributes["scale"], attributes.get("soft_cap"), attributes.get("split", 512), sinks
            return cache.attend_in_parts(*x, *options) if len(op["results"]) == 2 else [cache.attend(*x, *options)]
        if kind == "merge_splits":
            return [merge_splits(*x, attributes["heads"], attributes.get("split", 512), sinks)]
        state = lambda kind: self.states.setdefault(attributes["state"], kind(self.module["states"][attributes["state"]]))
        if kind == "causal_conv1d":
            return [state(Convolution).run(x[:-1], x[-1], weight("weight"), weight("bias") if "bias" in attributes else None)]
        if kind == "ssm_scan":
            limits = {key: attributes[key] for key in ("dt_least", "dt_most") if key in attributes}
            return [state(Scan).run(*x, weight("decay"), weight("skip"), weight("dt_bias"), attributes["groups"], **limits)]
        if kind == "gated_delta":
            return [state(GatedDelta).run(*x, weight("decay"), weight("dt_bias"), attributes["groups"])]
        raise ValueError(f"operation '{kind}' has no meaning here")

    def logits(self, tokens, position=0, slot=0):
        """Of all `tokens`, which follow the first `position` of the slot. [tokens, vocabulary]"""
        return self.step([(slot, position + i, token) for i, token in enumerate(tokens)], range(len(tokens)))

    def greedy(self, prompt, steps, stop=None):
        """Yields up to `steps` tokens after the prompt, until `stop`."""
        scores = self.logits(prompt)[-1]
        for position in range(len(prompt), len(prompt) + steps):
            token = int(scores.argmax())
            if token == stop:
                return
            yield token
            scores = self.logits([token], position)[-1]


def main():
    import argparse
    import sys

    from vspec import checkpoint

    parser = argparse.ArgumentParser(description="Runs a vspec module greedily.")
    parser.add_argument("module", help="the folder that vspec-compile --emit=json writes, or its module.json")
    parser.add_argument("--weights", help="a folder of NAME.npy (default: the module's), a GGUF file, or a Hugging Face folder")
    parser.add_argument("--prompt", type=int, nargs="+", required=True, help="tokens")
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--stop", type=int, help="token before which to stop")
    parser.add_argument("--vocabulary", help="a GGUF file whose tokenizer turns tokens into text")
    parser.add_argument("--check", help="file whose text must come out")
    options = parser.parse_args()
    if options.check and not options.vocabulary:
        parser.error("--check compares texts and needs --vocabulary")

    path = pathlib.Path(options.module)
    path = path / "module.json" if path.is_dir() else path
    module = json.loads(path.read_text())
    session = Session(module, checkpoint.load_weights(module, options.weights or path.parent))
    tokens = list(session.greedy(options.prompt, options.steps, options.stop))
    if not options.vocabulary:
        return print(*tokens)
    text = checkpoint.decode(checkpoint.Gguf(options.vocabulary).metadata, options.prompt + tokens)
    print(text)
    if options.check:
        golden = pathlib.Path(options.check).read_text()
        if text.strip("\n") != golden.strip("\n"):
            sys.exit(f"the text differs from {options.check}, which says\n{golden}")


if __name__ == "__main__":
    main()
