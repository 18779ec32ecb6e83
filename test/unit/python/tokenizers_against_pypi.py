"""Compares the tokenizers with PyPI's tokenizers and sentencepiece on random texts.

usage: tokenizers_against_pypi.py vspec-tokenize-texts [--texts N] [--only NAME] [TOKENIZER...]
       tokenizers_against_pypi.py --write-goldens FILE

Small tokenizers of every kind are trained with the two packages, from a fixed seed; given ones are a tokenizer.json or a tokenizer.model
of SentencePiece. Ids with and without special tokens, with special tokens as plain text, and decoded texts must be the same; what
differs for a known reason is counted under it. Ends with 77 (skipped) if a package is missing.

--write-goldens makes test/data/tokenizers/goldens.json: the same with smaller tokenizers and a few texts, which GoldensTest.cpp runs
without the packages.
"""

import argparse
import base64
import collections
import glob
import io
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata

try:
    import sentencepiece
    import tokenizers
    from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (pip install tokenizers sentencepiece)")
    sys.exit(77)

SPACE = "\u2581"
HERE = os.path.dirname(os.path.abspath(__file__))
PIECES = ("a b c the and 's 'S 't 'LL '\u017f don't I'M 1 12 123 1234567 \u0663 \u00bd \u2167 \u00e9 e\u0301 \u00c5 \u212b \ufb01 \u2603 \U0001f600 \u4f60\u597d "
          "\u65e5\u672c\u8a9e \u304b\u306a \ud55c\uad6d\uc5b4 \u1112\u1161\u11ab \u0e44\u0e17\u0e22 \u0939\u093f\u0928\u094d\u0926\u0940 \u0301 \u180e \u200b \u00a0 \u2003 \u2028 "
          "\u3000 \ufeff \u0130 \u0131 \u03a3\u03c2 \u00df \u1e9e \u01c4 \uff21\uff11 \u2460 \u00b2 \u1f88 \ufdfa \u0149 \u200d \u200c \u00ad . , ! ? ( ) [ ] { } < > | \\ / * + - = _ "
          "^ ~ ` @ # $ % & ; : \" Hello WORLD CamelCase \u2581 \u2581\u2581 <s> </s> <unk> [UNK] [CLS] <mask> <L> <R> <LR> <W> zqx zqxw ZQX <0x41> \U00010400 "
          "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd once upon time \u0000 \u0001 \u007f \u0085 \u009f").split(" ")
SPACES = [" ", "  ", "   ", "        ", "\n", "\n\n", " \n", "\r\n", "\t", "\v", "\f"]
RANGES = [(0x20, 0x7F)] * 6 + [(0xA0, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE00), (0xE00, 0x1200), (0x1E00, 0x2000),
                               (0x2000, 0x2070), (0x2070, 0x2C00), (0x3000, 0x3200), (0x4E00, 0x9FA5), (0xAC00, 0xD7A4), (0xF900, 0x10000),
                               (0x10000, 0x10500), (0x1D400, 0x1D800), (0x1F300, 0x1F650), (0xE000, 0xE010), (0, 0x20)]


def random_text(rng):
    text = ""
    for _ in range(rng.randrange(16)):
        kind = rng.random()
        if kind < 0.6:
            text += rng.choice(PIECES)
        elif kind < 0.8:
            low, high = rng.choice(RANGES)
            text += "".join(chr(rng.randrange(low, high)) for _ in range(rng.randint(1, 4)))
        else:
            text += rng.choice(SPACES)
        if rng.random() < 0.4:
            text += " "
    return text


def is_old(text):
    """Made of characters that Unicode had in version 3.2, and of emoji: the tables of the programs that are compared are of different years."""
    return all(unicodedata.ucd_3_2_0.category(c) != "Cn" or "\U0001f1e6" <= c <= "\U0001f650" for c in text)


def corpus(few=False):
    """Documentation and random texts; `few`: of few characters."""
    rng = random.Random(1)
    lines = []
    for path in sorted(glob.glob(os.path.join(HERE, "../../../docs/*.md")))[:12]:
        lines += open(path, encoding="utf-8").read().split("\n")
    return [line for line in lines if line.strip()] + ["".join(rng.choices(PIECES[:40], k=8)) if few else random_text(rng).replace("\0", "") for _ in range(3000)]


SMALL = False  # for goldens: few tokens, and a short map of characters


def size(full, small=420):
    return small if SMALL else full


def charsmap(name):
    """The precompiled map of one of SentencePiece's normalizers."""
    return trained_sentencepiece(dict(model_type="char", normalization_rule_name=name))[1]


def rules(options):
    """A few of the replacements of nmt_nfkc, instead of all."""
    name = options.get("normalization_rule_name", "nmt_nfkc")
    if not SMALL or name == "identity":
        return options
    path = os.path.join(tempfile.gettempdir(), "vspec-rules.tsv")
    pairs = {"\uff21": "A", "\ufb01": "fi", "\u00e9": "e\u0301", "e\u0301": "\u00e9", "\u1112\u1161": "\ud558", "\u1112\u1161\u11ab": "\ud55c", "\u3000": " ", "\t": " ",
             "\u200b": " ", "\u00ad": "", "\u2460": "1", "\u212b": "\u00c5", "\ufdfa": "a b  c", **({"A": "a"} if name == "nfkc_cf" else {})}
    with open(path, "w", encoding="utf-8") as file:
        for source, target in pairs.items():
            file.write(" ".join(f"{ord(c):x}" for c in source) + "\t" + " ".join(f"{ord(c):x}" for c in target) + "\n")
    return {**{key: value for key, value in options.items() if key != "normalization_rule_name"}, "normalization_rule_tsv": path}


def trained_sentencepiece(options):
    model = io.BytesIO()
    sentences = [line for line in corpus(True) if len(line.encode()) < 4000 and "\n" not in line and "\r" not in line]
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(sentences), model_writer=model, minloglevel=2, num_threads=1,
                                             **{"vocab_size": size(2500, 600), "hard_vocab_limit": False, "character_coverage": 0.99, **rules(options)})
    data = model.getvalue()
    # normalizer_spec is field 3, its precompiled_charsmap field 2.
    return data, bytes(field(field(data, 3), 2) or b"")


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def field(data, wanted):
    at, found = 0, b""
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 2:
            size, at = varint(data, at)
            if tag >> 3 == wanted:
                found = data[at : at + size]
            at += size
        elif tag & 7 == 0:
            _, at = varint(data, at)
        else:
            at += 4 if tag & 7 == 5 else 8
    return found


def added(model):
    """Tokens of every kind of flags."""
    count = max([token["id"] for token in model["added_tokens"]] + [len(model["model"]["vocab"]) - 1]) + 1
    tokens = [("<L>", "lstrip"), ("<R>", "rstrip"), ("<LR>", "lstrip rstrip"), ("<W>", "single_word"), ("zqx", "single_word"), ("zqxw", ""), ("once", "normalized"),
              ("Hello", "normalized single_word"), ("\u00c5x", "normalized lstrip"), ("<mask>", "special lstrip"), ("  ", "rstrip")]
    vocab = model["model"]["vocab"]
    known = {t for t, _ in vocab} if isinstance(vocab, list) else set(vocab)
    for content, flags in tokens:
        if content in known:
            continue
        token = {"id": count, "content": content}
        token.update({flag: flag in flags.split() for flag in ("single_word", "lstrip", "rstrip", "normalized", "special")})
        model["added_tokens"].append(token)
        count += 1
    return model


def trained(model, trainer, **parts):
    """The tokenizer.json of a model that is trained with the parts around it."""
    tokenizer = tokenizers.Tokenizer(model)
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    tokenizer.train_from_iterator(corpus(SMALL or isinstance(model, models.Unigram)), trainer)
    return json.loads(tokenizer.to_str())


def with_parts(base, **parts):
    return added(json.loads(json.dumps({**base, **parts})))


def sequence(kind, *steps):
    return {"type": "Sequence", kind: list(steps)}


def replace(pattern, content, kind="String"):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def split(pattern, behavior, invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def metaspace(scheme, cut=True):
    return {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": scheme, "split": cut}


def variants():
    """(name, tokenizer.json)."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    base = trained(models.BPE(), trainers.BpeTrainer(vocab_size=size(1200), show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                                     special_tokens=["<s>", "</s>"]), pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=False),
                   decoder=decoders.ByteLevel())
    yield "byte-level", with_parts(base)
    yield "byte-level-prefix", with_parts(base, pre_tokenizer={**byte_level, "add_prefix_space": True})
    yield "byte-level-whole", with_parts(base, model={**base["model"], "ignore_merges": True})
    for kind in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt"):
        yield "byte-level-" + kind, with_parts(base, normalizer={"type": kind})
    yield "byte-level-strip", with_parts(base, normalizer=sequence("normalizers", {"type": "Strip", "strip_left": True, "strip_right": False},
                                                                   {"type": "Prepend", "prepend": "\u00e9"}))
    yield "byte-level-replace", with_parts(base, normalizer=sequence("normalizers", replace("a", "bb"), replace(r"\s+|\d{2}", " ", "Regex"), replace("the", "")))
    for clean, chinese, accents, lower in [(True, True, None, True), (True, False, True, False), (False, True, False, True)]:
        bert = {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": accents, "lowercase": lower}
        yield f"byte-level-bert-{clean}-{chinese}", with_parts(base, normalizer=bert)
    for map_name in ("nmt_nfkc", "nfkc_cf"):
        precompiled = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap(map_name)).decode()}
        yield "byte-level-" + map_name, with_parts(base, normalizer=precompiled)
    for behavior in ("Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"):
        for invert in (False, True):
            steps = sequence("pretokenizers", split(r"\p{Lu}|[0-9]|\s", behavior, invert), {**byte_level, "use_regex": False})
            yield f"split-{behavior}-{invert}", with_parts(base, pre_tokenizer=steps)
        steps = sequence("pretokenizers", {"type": "Punctuation", "behavior": behavior}, {**byte_level, "use_regex": False, "add_prefix_space": True})
        yield f"punctuation-{behavior}", with_parts(base, pre_tokenizer=steps)
    for step in [{"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "BertPreTokenizer"}, {"type": "Digits", "individual_digits": True},
                 {"type": "Digits", "individual_digits": False}, {"type": "CharDelimiterSplit", "delimiter": "e"}, split("a.", "Isolated", kind="String"),
                 split(r"\b\w", "Isolated"), split(r"(?=(\d{3})+(?!\d))", "Isolated")]:
        yield "pre-" + "-".join(str(part) for part in step.values()), with_parts(base, pre_tokenizer=sequence("pretokenizers", step, byte_level))

    unescape = [replace(SPACE, " "), {"type": "ByteFallback"}, {"type": "Fuse"}]
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    characters = trained(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"),
                         trainers.BpeTrainer(vocab_size=size(1500, 600), show_progress=False, limit_alphabet=size(150, 90), special_tokens=["<unk>", "<s>", "</s>"] + bytes_),
                         pre_tokenizer=pre_tokenizers.Metaspace())
    characters["added_tokens"] = [token for token in characters["added_tokens"] if token["content"] not in bytes_]
    llama = sequence("normalizers", {"type": "Prepend", "prepend": SPACE}, replace(" ", SPACE))
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    yield "characters-llama", with_parts(characters, normalizer=llama, pre_tokenizer=None, decoder=sequence("decoders", *unescape, strip))
    yield "characters-gemma", with_parts(characters, normalizer=replace(" ", SPACE), pre_tokenizer=split(" ", "MergedWithPrevious", kind="String"), decoder=sequence("decoders", *unescape))
    for scheme in ("always", "first", "never"):
        for cut in (False, True):
            space = metaspace(scheme, cut)
            yield f"characters-metaspace-{scheme}-{cut}", with_parts(characters, pre_tokenizer=space, decoder=sequence("decoders", {"type": "ByteFallback"}, space))
    yield "characters-first-after-strip", with_parts(characters, normalizer={"type": "Strip", "strip_left": True, "strip_right": True}, pre_tokenizer=metaspace("first"),
                                                    decoder=sequence("decoders", {"type": "ByteFallback"}, metaspace("first")))
    without = json.loads(json.dumps(characters))
    without["model"].update(byte_fallback=False)
    for fuse in (True, False):
        without["model"]["fuse_unk"] = fuse
        yield f"characters-unknown-{fuse}", with_parts(without, pre_tokenizer=metaspace("always"), decoder=metaspace("always"))
    affixes = trained(models.BPE(unk_token="<unk>", continuing_subword_prefix="##", end_of_word_suffix="</w>"),
                      trainers.BpeTrainer(vocab_size=size(1500), show_progress=False, special_tokens=["<unk>"], continuing_subword_prefix="##", end_of_word_suffix="</w>"),
                      normalizer=normalizers.BertNormalizer(), pre_tokenizer=pre_tokenizers.BertPreTokenizer(), decoder=decoders.BPEDecoder())
    yield "characters-affixes", with_parts(affixes)
    suffix = trained(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), trainers.BpeTrainer(vocab_size=size(1500), show_progress=False, special_tokens=["<unk>"], end_of_word_suffix="</w>"),
                     pre_tokenizer=pre_tokenizers.Whitespace(), decoder=decoders.BPEDecoder())
    yield "characters-suffix", with_parts(suffix)

    for fallback in (False, True):
        special = ["<pad>", "</s>", "<unk>"] + (bytes_ if fallback else [])
        unigram = trained(models.Unigram(), trainers.UnigramTrainer(vocab_size=size(1500, 700), show_progress=False, special_tokens=special, unk_token="<unk>"),
                          pre_tokenizer=pre_tokenizers.Metaspace())
        unigram["model"]["byte_fallback"] = fallback
        unigram["added_tokens"] = [token for token in unigram["added_tokens"] if token["content"] not in bytes_]
        step = [{"type": "ByteFallback"}] if fallback else []
        precompiled = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap("nmt_nfkc")).decode()}
        cases = [("first", precompiled, metaspace("first")),
                 ("t5", sequence("normalizers", precompiled, {"type": "Strip", "strip_left": False, "strip_right": True}, replace(" {2,}", SPACE, "Regex")), metaspace("always")),
                 ("old", sequence("normalizers", {"type": "Nmt"}, {"type": "NFKC"}, replace(" {2,}", " ", "Regex")),
                  sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace("always"))),
                 ("whole", None, metaspace("never", False))]
        for name, normalizer, pre_tokenizer in cases:
            template = {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}], "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}}
            decoder = pre_tokenizer if pre_tokenizer["type"] == "Metaspace" else metaspace("always")
            yield f"unigram-{name}-{fallback}", with_parts(unigram, normalizer=normalizer, pre_tokenizer=pre_tokenizer, decoder=sequence("decoders", *step, decoder), post_processor=template)

    words = trained(models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(vocab_size=size(1500), show_progress=False, special_tokens=["[UNK]", "[CLS]", "[SEP]"]),
                    normalizer=normalizers.BertNormalizer(), pre_tokenizer=pre_tokenizers.BertPreTokenizer(), decoder=decoders.WordPiece())
    yield "word-piece", with_parts(words, post_processor={"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]})
    yield "word-piece-plain", with_parts(words, normalizer=None, decoder={"type": "WordPiece", "prefix": "##", "cleanup": False},
                                         post_processor={"type": "RobertaProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1], "trim_offsets": True, "add_prefix_space": True})
    level = trained(models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer(vocab_size=size(1000, 200), show_progress=False, special_tokens=["[UNK]"]), pre_tokenizer=pre_tokenizers.Whitespace())
    yield "word-level", with_parts(level)


def sentencepieces():
    """(name, model of SentencePiece)."""
    symbols = ["<L>", "zqx", "\u00c5x", "a\u2581b", " \u4f60"]
    for kind in ("unigram", "bpe"):
        for name, options in [("", {}), ("-bytes", dict(byte_fallback=True)), ("-identity", dict(normalization_rule_name="identity", remove_extra_whitespaces=False, byte_fallback=True)),
                              ("-symbols", dict(user_defined_symbols=symbols, normalization_rule_name="nfkc_cf")),
                              ("-no-prefix", dict(add_dummy_prefix=False, user_defined_symbols=symbols, byte_fallback=True)),
                              ("-spaces", dict(remove_extra_whitespaces=False, user_defined_symbols=["  ", "    ", "\n"], split_digits=True, byte_fallback=True)),
                              ("-crossing", dict(split_by_whitespace=False, user_defined_symbols=symbols))]:
            yield f"sentencepiece-{kind}{name}", trained_sentencepiece(dict(model_type=kind, **options))[0]


def ours(program, path, texts):
    stream = b"".join(struct.pack("<I", len(text)) + text for text in (text.encode() for text in texts))
    done = subprocess.run([program, path], input=stream, capture_output=True)
    if done.returncode != 0:
        return None, done.stderr.decode().strip()
    answers = []
    for line in done.stdout.decode().splitlines():
        if line.startswith("error "):
            answers.append(line)
            continue
        whole, plain, literal, text, literal_text = line.split("|")
        ids = [[int(i) for i in part.split()] for part in (whole, plain, literal)]
        answers.append((*ids, bytes.fromhex(text).decode(), bytes.fromhex(literal_text).decode()))
    return answers, ""


def theirs(model, texts):
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(model))
    whole = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
    plain = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    decoded = tokenizer.decode_batch(whole)
    tokenizer.encode_special_tokens = True
    literal = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    return list(zip(whole, plain, literal, decoded, tokenizer.decode_batch(literal)))


def sentencepieces_answers(data, texts):
    processor = sentencepiece.SentencePieceProcessor(model_proto=data)
    unknown = processor.unk_id()
    ids = processor.encode(texts)
    decoded = [processor.decode([i for i in line if i != unknown]) for line in ids]
    return [(i, i, i, d, d) for i, d in zip(ids, decoded)]


def compare(name, program, path, answers, texts, report, special=frozenset()):
    found, problem = ours(program, path, texts)
    if found is None:
        report(name, f"REFUSED: {problem}")
        return 1
    assert len(found) == len(answers) == len(texts)
    if path.endswith(".model"):  # SentencePiece finds no control tokens in a text
        found = [answer if isinstance(answer, str) else (answer[2],) * 3 + (answer[4],) * 2 for answer in found]
    reasons, bad = collections.Counter(), []
    for text, mine, expected in zip(texts, found, answers):
        if mine == expected:
            continue
        reason = known_reason(text, mine, expected, special)
        if reason:
            reasons[reason] += 1
        else:
            bad.append((text, mine, expected))
    report(name, f"{len(texts)} texts, {len(bad)} differences" + "".join(f", {count} where {reason}" for reason, count in reasons.items()))
    for text, mine, expected in bad[:3]:
        for part, a, b in zip(("ids", "plain", "literal", "text", "literal text"), mine, expected):
            if isinstance(mine, str) or a != b:
                print(f"    {text!r} {part}\n      vspec    {mine if isinstance(mine, str) else a!r}\n      expected {b!r}")
                break
    return len(bad)


def known_reason(text, mine, expected, special):
    if isinstance(mine, str):
        return "text without a token would be dropped, which is refused" if "has no token" in mine else None
    if mine[:2] == expected[:2] and mine[3] == expected[3] and (special & set(expected[2]) or "<unk>" in text):
        return "text spells a control token, which is never taken for it"
    return None


def write_goldens(path, texts):
    """models: texts of JSON or base 64; runs: which model, the members beside it, and cases."""
    found, runs = [], []

    def index(model):
        if model not in found:
            found.append(model)
        return found.index(model)

    for number, (name, model) in enumerate(variants()):
        part = texts[number::97][:12] + ["", " ", "Hello <mask> Hello", "<L> x <R> y <LR> z<W>"]
        beside = {key: model[key] for key in ("added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder")}
        cases = [[text, *answer] for text, answer in zip(part, theirs(model, part))]
        runs.append({"name": name, "model": index(json.dumps(model["model"], ensure_ascii=False)), "beside": json.dumps(beside, ensure_ascii=False)[1:-1], "cases": cases})
    for number, (name, data) in enumerate(sentencepieces()):
        part = texts[number::97][:12] + ["", " ", "  a  b  "]
        cases = [[text, *answer] for text, answer in zip(part, sentencepieces_answers(data, part))]
        runs.append({"name": name, "model": index(base64.b64encode(data).decode()), "cases": cases})
    with open(path, "w", encoding="utf-8") as file:
        lines = [",\n".join(json.dumps(element, ensure_ascii=False, separators=(",", ":")) for element in part) for part in (found, runs)]
        file.write('{"models":[\n' + lines[0] + '\n],"runs":[\n' + lines[1] + "\n]}\n")


def main():
    global SMALL
    parser = argparse.ArgumentParser()
    parser.add_argument("--write-goldens", default="")
    parser.add_argument("program", nargs="?")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--only", default="")
    parser.add_argument("--any-unicode", action="store_true", help="also characters that some tables do not have yet")
    parser.add_argument("given", nargs="*")
    options = parser.parse_intermixed_args()
    rng = random.Random(7)
    texts = []
    while len(texts) < options.texts:
        text = random_text(rng)
        if options.any_unicode or is_old(text):
            texts.append(text)
    if options.write_goldens:
        SMALL = True
        write_goldens(options.write_goldens, texts)
        return
    bad = 0

    def report(name, line):
        print(f"{name}: {line}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        def check_json(name, model):
            if not re.search(options.only, name):
                return 0
            path = os.path.join(folder, "t.json")
            json.dump(model, open(path, "w", encoding="utf-8"))
            return compare(name, options.program, path, theirs(model, texts), texts, report, {token["id"] for token in model["added_tokens"] if token["special"]})

        def check_sentencepiece(name, data):
            if not re.search(options.only, name):
                return 0
            path = os.path.join(folder, "t.model")
            open(path, "wb").write(data)
            return compare(name, options.program, path, sentencepieces_answers(data, texts), texts, report)

        for path in options.given:
            if path.endswith(".json"):
                bad += check_json(path, json.load(open(path, encoding="utf-8")))
            else:
                bad += check_sentencepiece(path, open(path, "rb").read())
        for name, model in variants():
            bad += check_json(name, model)
        for name, data in sentencepieces():
            bad += check_sentencepiece(name, data)
    sys.exit(bad > 0)


main()
