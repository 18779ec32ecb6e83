#!/usr/bin/env python3
"""Runs llama.cpp's converter on a tiny model: convert_gguf.py LLAMA_CPP FOLDER OUT.gguf NAME. Matrices in f16, which hold them exactly.

The converter knows tokenizers by their hash and has its own reader for some families; here all get the shared tiny one.
"""
import pathlib
import sys

sys.path[:0] = [sys.argv[1], sys.argv[1] + "/gguf-py"]
import conversion
import gguf
import torch
import transformers
from conversion.base import ModelBase, TextModel


def set_vocab(self):
    self._set_vocab_gpt2()


def load_hparams(folder, *options, load=ModelBase.load_hparams, **more):
    """What transformers has moved since, where the converter looks for it."""
    hparams = load(folder, *options, **more)
    hparams.setdefault("rotary_pct", (hparams.get("rope_parameters") or {}).get("partial_rotary_factor", 1.0))
    return hparams


def convert(folder, out, name):
    ModelBase.load_hparams = staticmethod(load_hparams)
    # By the model's type it would be a class that adds tokens of its own.
    transformers.AutoTokenizer.from_pretrained = transformers.PreTrainedTokenizerFast.from_pretrained
    TextModel.get_vocab_base_pre = lambda self, tokenizer: "gpt-2"
    hparams = ModelBase.load_hparams(folder, False)
    architecture = conversion.get_model_architecture(hparams, conversion.ModelType.TEXT)
    model_class = conversion.get_model_class(architecture)
    model_class.set_vocab = set_vocab
    model_class.no_mtp = True  # tiny models predict one token
    with torch.inference_mode():
        model_class(folder, gguf.LlamaFileType.MOSTLY_F16, out, model_name=name).write()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    convert(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4])
