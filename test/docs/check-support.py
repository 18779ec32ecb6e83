"""docs/Support.md says what the tests cover, no more and no less: it must be what this makes of the tests.

    check-support.py [TOP] [--renew] [--full BIN [--only NAME...]]

Read are the table of families (passes/Import/Families), the tiny models (test/data/families), the blocks of ggml's types
(test/data/golden/ggml-blocks.txt), the named formats of docs/Formats.md and the options of the end-to-end tests. --full also compiles every tiny
model, or some, in every format that --weights takes, and tells what was refused: a second each.
"""
import argparse
import collections
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

PAGE = "docs/Support.md"
FLOATS = {"float32": "f32", "float16": "f16", "bfloat16": "bf16"}
HEAD = """# What is tested

Made by `python3 test/docs/check-support.py --renew`; a test fails where this page is not what the tests cover. Kernels, formats and targets know nothing
of families, so formats are compared in a few models, not in each; `check-support.py --full build/bin` compiles all of them.
"""


def table(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]) + "\n"


def families(top):
    """architecture -> name in GGUF files, "" if there are none."""
    text = (top / "passes/Import/Families/Families.cpp").read_text()
    lines = re.findall(r'^\s*\{"[^"]+",\s*(?:"([^"]+)"|nullptr),\s*(?:"[^"]+"|nullptr),\s*(?:"([^"]+)"|nullptr)', text, re.M)
    return {architecture: gguf for architecture, gguf in lines if architecture}


def architecture_of(gguf):
    """`general.architecture`, which comes first."""
    data, key = gguf.read_bytes(), b"general.architecture"
    at = data.index(key) + len(key) + 4
    return data[at + 8 : at + 8 + struct.unpack_from("<Q", data, at)[0]].decode()


def goldens(top):
    folder = top / "test/data/families"
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}, folder


def method(golden):
    return (golden["config"].get("quantization_config") or {}).get("quant_method")


def family_rows(known, models, folder):
    found, quantised, forms = collections.defaultdict(list), collections.defaultdict(set), collections.defaultdict(list)
    for name, golden in models.items():
        config = golden["config"]
        architecture = config["architectures"][0]
        if architecture not in known:
            sys.exit(f"test/data/families/{name}.json: {architecture} is no family of passes/Import/Families/Families.cpp")
        if method(golden):
            quantised[architecture].add(method(golden))
            continue
        found[architecture].append(FLOATS[config.get("dtype") or config.get("torch_dtype") or "float32"])
        if (folder / f"{name}.gguf").exists():
            forms[architecture].append(architecture_of(folder / f"{name}.gguf"))
    for architecture, gguf in known.items():
        if not found[architecture]:
            sys.exit(f"{architecture} has no tiny model in test/data/families")
        yield [f"`{architecture}`", str(len(found[architecture])), ", ".join(sorted(set(found[architecture]))),
               ", ".join(f"`{name}`" for name in sorted(quantised[architecture])),
               f"`{forms[architecture][0]}`: {len(forms[architecture])}" if forms[architecture] else f"`{gguf}`: none" if gguf else ""]


def kinds(models, top):
    """How a quantised folder stores a matrix, and what it becomes."""
    fused = (top / "test/e2e/fused-quantised.test").read_text()
    for name, golden in models.items():
        if method(golden):
            yield [f"`{method(golden)}`", name, golden["made_with"], "logits" if "logits" in golden else "",
                   "yes" if re.search(rf"golden}} = {re.escape(name)}$", fused, re.M) else ""]


def blocks(top):
    lines = (top / "test/data/golden/ggml-blocks.txt").read_text().splitlines()
    return [line.split()[0] for line in lines if line and not line.startswith("#")]


def formats(top):
    """name -> text of the named formats that have a kernel: the page of formats has their bits in a tile."""
    rows = re.findall(r"^\| `([\w.]+)` \| `([^`]+)` \| \S+ \| (\S+) \|", (top / "docs/Formats.md").read_text(), re.M)
    return {name: text for name, text, tile in rows if tile != "-" and tile != "–"}


def e2e_formats(top):
    """Named formats that an end-to-end test compares with the numpy reference."""
    text = "".join(path.read_text() for path in sorted((top / "test/e2e").glob("awkward*.test")))
    return {word for rules in re.findall(r"--weights=([^\s'\"]+|'[^']*')", text) for word in re.findall(r"[\w.]+", rules)}


def page(top):
    known = families(top)
    models, folder = goldens(top)
    compared = e2e_formats(top)
    text = HEAD + "\n## Families\n\nTiny models of each, compared with transformers: logits to 5e-4 in f32, 32 tokens, bits of chunks and batches.\n\n"
    text += table(["architecture", "tiny models", "folders in", "quantised folders", "GGUF files"], family_rows(known, models, folder))
    text += ("\n## Quantised folders\n\nEvery matrix has the bits that the library decodes; \"logits\": those of the whole model too; \"fused\": also as Phi-3 stores "
             "them, several matrices in one.\n\n")
    text += table(["method", "tiny model", "compared with", "", "fused"], kinds(models, top))
    types = blocks(top)
    text += (f"\n## Blocks of GGUF files\n\n{len(types)} types, bit for bit as PyPI's gguf decodes them, and one model with a matrix in each: "
             + ", ".join(f"`{name}`" for name in types) + ".\n")
    text += "\n## Named formats\n\nThose with kernels; in bold those that an end-to-end test compares with the numpy reference in a whole model.\n\n"
    text += ", ".join(f"**`{name}`**" if name in compared else f"`{name}`" for name in formats(top)) + ".\n"
    return text


def compile_all(top, programs, only):
    sys.path.insert(0, str(top / "test/families"))
    from tiny_checkpoint import write_golden_checkpoint
    models = {name: golden for name, golden in goldens(top)[0].items() if not method(golden) and (not only or name in only)}
    typed = {name: text for name, text in formats(top).items() if not text.startswith("decode")}
    with tempfile.TemporaryDirectory() as folder:
        for name in models:
            write_golden_checkpoint(name, f"{folder}/{name}")
            refused = 0
            for format in typed:
                done = subprocess.run([programs / "vspec-compile", "-q", f"{folder}/{name}", f"--weights={format}", "--dry-run", "--target=cpu:v3"],
                                      capture_output=True, text=True)
                if done.returncode:
                    refused += 1
                    print(f"{name} {format}: {done.stderr.strip()}")
            print(f"{name}: {len(typed)} formats, {refused} refused", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--renew", action="store_true", help="write the page instead of comparing")
    parser.add_argument("--full", type=pathlib.Path, metavar="BIN", help="compile every tiny model in every format")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of these models")
    parser.add_argument("top", nargs="?", default=".", type=pathlib.Path)
    options = parser.parse_args()
    wanted, place = page(options.top), options.top / PAGE
    if options.renew:
        place.write_text(wanted)
    elif not place.exists() or place.read_text() != wanted:
        sys.exit(f"{PAGE} is not what the tests cover: python3 test/docs/check-support.py --renew")
    if options.full:
        compile_all(options.top, options.full.resolve(), options.only)
    print(f"{PAGE}: {len(families(options.top))} families, {len(goldens(options.top)[0])} tiny models")


if __name__ == "__main__":
    main()
