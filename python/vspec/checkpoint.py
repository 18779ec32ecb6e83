"""Weights for the reference: .npy files, or the plain floats of a GGUF file or a Hugging Face folder.

Written apart from the compiler's readers, so that each checks the other. Formats other than f32, f16 and bf16 are refused:
write those as .npy.
"""
import json
import math
import pathlib
import struct

import numpy as np


def _bf16(data):
    return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)


DECODERS = {
    "f32": lambda data: np.frombuffer(data, "<f4"),
    "f16": lambda data: np.frombuffer(data, "<f2").astype(np.float32),
    "bf16": _bf16,
}
BYTES = {"f32": 4, "f16": 2, "bf16": 2}


def _decode(name, encoding, data, shape):
    if encoding not in DECODERS:
        raise ValueError(f"tensor {name} is stored as {encoding}, expected f32, f16 or bf16")
    return DECODERS[encoding](data).reshape(shape)


class Gguf:
    """metadata: by key; tensor(name): f32 array, outer dimension first."""

    NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
    ENCODINGS = {0: "f32", 1: "f16", 30: "bf16"}

    def __init__(self, path):
        self.bytes, self.at = pathlib.Path(path).read_bytes(), 0
        if self.bytes[:4] != b"GGUF":
            raise ValueError(f"{path}: is no GGUF file")
        self.at = 8
        tensors, keys = self._number("Q"), self._number("Q")
        self.metadata = {self._text(): self._value(self._number("I")) for _ in range(keys)}
        self.tensors = {}  # name -> (shape, type, offset)
        for _ in range(tensors):
            name, dimensions = self._text(), self._number("I")
            shape = [self._number("Q") for _ in range(dimensions)][::-1]
            self.tensors[name] = (shape, self._number("I"), self._number("Q"))
        alignment = self.metadata.get("general.alignment", 32)
        self.data = -(-self.at // alignment) * alignment

    def _number(self, code):
        value = struct.unpack_from("<" + code, self.bytes, self.at)[0]
        self.at += struct.calcsize("<" + code)
        return value

    def _text(self):
        size = self._number("Q")
        self.at += size
        return self.bytes[self.at - size : self.at].decode("utf-8", "replace")

    def _value(self, type):
        if type == 8:
            return self._text()
        if type == 9:
            element, count = self._number("I"), self._number("Q")
            return [self._value(element) for _ in range(count)]
        return self._number(self.NUMBERS[type])

    def tensor(self, name):
        shape, type, offset = self.tensors[name]
        encoding = self.ENCODINGS.get(type, f"GGUF type {type}")
        begin = self.data + offset
        return _decode(name, encoding, self.bytes[begin : begin + math.prod(shape) * BYTES.get(encoding, 0)], shape)


class HuggingFace:
    """tensor(name): f32 array."""

    def __init__(self, folder):
        self.tensors = {}  # name -> (encoding, bytes, shape)
        for path in sorted(pathlib.Path(folder).glob("*.safetensors")):
            data = path.read_bytes()
            size = struct.unpack_from("<Q", data)[0]
            for name, entry in json.loads(data[8 : 8 + size]).items():
                if name != "__metadata__":
                    begin, end = (8 + size + offset for offset in entry["data_offsets"])
                    self.tensors[name] = (entry["dtype"].lower(), data[begin:end], entry["shape"])

    def tensor(self, name):
        encoding, data, shape = self.tensors[name]
        return _decode(name, encoding, data, shape)


def unpermute_heads(weight, heads):
    """Rows of each head from pairs to halves; of a weight of one row: its columns."""
    if len(weight) == 1:
        return unpermute_heads(weight.T, heads).T
    return weight.reshape(heads, -1, 2, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def take_rows(weight, count, first, every):
    """Of every so many rows, `count` from `first` on; of a weight of one row: its columns."""
    if len(weight) == 1:
        return take_rows(weight.T, count, first, every).T
    return weight.reshape(-1, every, weight.shape[1])[:, first : first + count].reshape(-1, weight.shape[1])


def follow_recipe(recipe, checkpoint):
    """A stack is one tensor of all matrices, or one for each; the transforms are each matrix's."""
    rows, columns = recipe["rows"], recipe["columns"]
    stack = [name for transform in recipe["transforms"] for name in transform.get("stack", [])]
    weight = checkpoint.tensor(recipe["source"])
    if {"transpose": True} in recipe["transforms"]:
        weight = weight.swapaxes(-1, -2)
    if stack and rows == 1:
        weight = np.concatenate([weight, *map(checkpoint.tensor, stack)])
    elif stack or weight.ndim == 3:
        weight = np.concatenate([part.reshape(-1, part.shape[-1]) for part in [weight, *map(checkpoint.tensor, stack)]])
    weight = weight.reshape(1, -1) if rows == recipe.get("matrices", 1) else weight.reshape(len(weight), -1)
    for transform in recipe["transforms"]:
        if "stack" in transform or "transpose" in transform:
            continue
        if "plus_one" in transform:
            weight = weight + np.float32(1)
        elif "negative_exp" in transform:
            weight = np.float32(-np.exp(np.float64(weight)))
        elif "unpermute_heads" in transform:
            weight = unpermute_heads(weight, transform["unpermute_heads"])
        elif "take_rows" in transform:
            weight = take_rows(weight, **transform["take_rows"])
        else:
            weight = weight * checkpoint.tensor(transform["scale_by"]).reshape(())
    return weight.reshape(rows, columns)


def load_weights(module, place):
    """By name, as f32 arrays [rows, columns]. `place`: a folder of NAME.npy, a GGUF file or a Hugging Face folder."""
    place = pathlib.Path(place)
    if place.is_dir() and any(place.glob("*.npy")):
        return {name: np.load(place / f"{name}.npy") for name in module["weights"]}
    checkpoint = HuggingFace(place) if place.is_dir() else Gguf(place)
    return {name: follow_recipe(recipe, checkpoint) for name, recipe in module["weights"].items()}


def decode(metadata, tokens):
    """The text of tokens of a SentencePiece vocabulary in a GGUF file, without control tokens and the leading space."""
    if metadata["tokenizer.ggml.model"] != "llama":
        raise ValueError(f"tokenizer is {metadata['tokenizer.ggml.model']}, expected llama")
    pieces, types = metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.token_type"]
    control, byte = 3, 6
    data = b""
    for token in tokens:
        if types[token] == byte:
            data += bytes([int(pieces[token][1:-1], 16)])
        elif types[token] != control:
            data += pieces[token].replace("\u2581", " ").encode()
    return data.decode("utf-8", "replace").removeprefix(" ")
