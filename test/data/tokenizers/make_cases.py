#!/usr/bin/env python3
"""Makes huggingface-cases.json: variants of the tokenizers beside it, texts, and the ids that Hugging Face tokenizers gives them.

Usage: make_cases.py MODELS, where MODELS has NAME/tokenizer.json of llama-bf16-sharded, qwen3-bf16, gemma3-bf16 and gpt2-f32. Needs tokenizers 0.23.3.
"""
import copy, json, os, random, sys
from tokenizers import Tokenizer

here = os.path.dirname(os.path.abspath(__file__))
folder = sys.argv[1] if len(sys.argv) > 1 else here


def load(name):
    return json.load(open(os.path.join(folder, name, "tokenizer.json"), encoding="utf-8"))


def variants():
    space = "\u2581"
    unescape = [{"type": "Replace", "pattern": {"String": space}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]
    model = load("gemma3-bf16")
    model["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": space}, {"type": "Replace", "pattern": {"String": " "}, "content": space}]}
    model["pre_tokenizer"] = None
    model["decoder"] = {"type": "Sequence", "decoders": unescape + [{"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
    yield "prepend", model
    for scheme, split in [("always", True), ("first", False), ("never", False)]:
        model = load("gemma3-bf16")
        step = {"type": "Metaspace", "replacement": space, "prepend_scheme": scheme, "split": split}
        model.update(normalizer=None, pre_tokenizer=step, decoder={"type": "Sequence", "decoders": [{"type": "ByteFallback"}, step]})
        yield "metaspace-" + scheme, model
    model = load("gemma3-bf16")
    model["model"]["vocab"] = {k: v for k, v in model["model"]["vocab"].items() if not k.startswith("<0x")}
    model["model"]["byte_fallback"] = False
    yield "unknown-fused", model
    model = copy.deepcopy(model)
    model["model"]["fuse_unk"] = False
    yield "unknown-each", model
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True, "trim_offsets": True}
    for each in (True, False):
        model = load("gpt2-f32")
        model["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": each}, byte_level]}
        yield "digits-" + ("each" if each else "runs"), model
    model = load("llama-bf16-sharded")
    model["pre_tokenizer"]["pretokenizers"][0].update(behavior="Removed", invert=True, pattern={"Regex": r"\p{L}+|\p{N}"})
    yield "gaps-removed", model
    for name, pattern in [("split-literal", {"String": "a.b"}), ("split-word-boundary", {"Regex": r"\b\w"}), ("split-at-nothing", {"Regex": r"(?=(\d{3})+(?!\d))"})]:
        model = load("llama-bf16-sharded")
        model["pre_tokenizer"]["pretokenizers"].insert(0, {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False})
        yield name, model
    model = load("llama-bf16-sharded")
    model["model"]["ignore_merges"] = True
    yield "whole-word-first", model
    model = load("qwen3-bf16")
    for content, left, right, special in [("<L>", True, False, True), ("<R>", False, True, True), ("<LR>", True, True, False), ("zqx", False, False, False), ("zqxw", False, False, False)]:
        token = {"id": max(t["id"] for t in model["added_tokens"]) + 1, "content": content, "single_word": False, "lstrip": left, "rstrip": right, "normalized": False, "special": special}
        model["added_tokens"].append(token)
    ends = {name: model["added_tokens"][i] for i, name in ((1, "<|im_start|>"), (2, "<|im_end|>"))}
    template = {"type": "TemplateProcessing", "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}]}
    template["single"] = [{"SpecialToken": {"id": "<|im_start|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<|im_end|>", "type_id": 0}}]
    template["special_tokens"] = {name: {"id": name, "ids": [token["id"]], "tokens": [name]} for name, token in ends.items()}
    model["post_processor"] = {"type": "Sequence", "processors": [dict(byte_level, use_regex=False), template]}
    yield "added-tokens", model


PIECES = ("a b c the and 's 'S 't 'LL '\u017f don't I'M 1 12 123 1234567 \u0663 \u00bd \u2167 \u00e9 e\u0301 \u00c5 \u212b \ufb01 \u2603 \U0001f600 \u4f60\u597d \u65e5\u672c\u8a9e "
          "\u304b\u306a \ud55c\uad6d\uc5b4 \u0e44\u0e17\u0e22 \u0939\u093f\u0928\u094d\u0926\u0940 \u0301 \u180e \u200b \u00a0 \u2003 \u2028 \u3000 \ufeff . , ! ? ( ) [ ] { } < > | \\ / * + - = _ ^ ~ ` @ # $ % & ; : \" "
          "Hello WORLD CamelCase \u2581 <|begin_of_text|> <|eot_id|> <|im_end|> <L> <R> <LR> zqx zqxw a.b <eos> <0x41> \U00010400 once upon time").split(" ") + [" ", "  ", "   ", "\n", "\n\n", " \n", "\r\n", "\t"]


def text():
    return "".join(random.choice(PIECES) + random.choice(["", " "]) for _ in range(random.randrange(14)))


def main():
    random.seed(7)
    result = []
    originals = [(name, load(name)) for name in ("llama-bf16-sharded", "qwen3-bf16", "gemma3-bf16", "gpt2-f32")]
    for name, model in originals + list(variants()):
        oracle = Tokenizer.from_str(json.dumps(model))
        cases = []
        for _ in range(60):
            given = text()
            ids = oracle.encode(given).ids
            plain = oracle.encode(given, add_special_tokens=False).ids
            cases.append({"text": given, "ids": ids, "ids_plain": plain, "decoded": oracle.decode(ids)})
        entry = {"name": name, "cases": cases}
        if not any(name == original for original, _ in originals):
            entry["tokenizer"] = model
        result.append(entry)
    with open(os.path.join(here, "huggingface-cases.json"), "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in result) + "\n]\n")


main()
