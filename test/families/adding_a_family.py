#!/usr/bin/env python3
"""docs/AddingAFamily.md done literally: adding_a_family.py CMAKE BUILD.

Builds the compiler with what the page changes, which lies in a copy (test/e2e/CMakeLists.txt), checks that the page's tiny model is the one that
the golden, test/data/families/example, was made of, and compares what it computes with transformers. Ours must not know the family yet.
"""
import json
import os
import pathlib
import subprocess
import sys

import check_model
from tiny_checkpoint import GOLDENS

NAME = "arcee"


def check_line(copy):
    """The line of MODELS and the golden say the same."""
    space = {"__name__": "models"}
    sys.modules["models"] = type(sys)("models")  # for its dataclass
    exec((copy / "test/families/models.py").read_text(), space)
    model, golden = space["MODELS"][NAME], json.loads((GOLDENS / f"example/{NAME}.json").read_text())["config"]
    wanted = {**space["COMMON"], **model.keys, **model.changes, "dtype": model.dtype, "architectures": [model.config_class.replace("Config", "ForCausalLM")]}
    different = [key for key, value in wanted.items() if golden.get(key) != value]
    if different:
        sys.exit(f"the page's tiny model differs from its golden in {', '.join(different)}")


def main(cmake, build):
    subprocess.run([cmake, "--build", build, "--target", "vspec-adding-a-family"], check=True)
    copy, programs = pathlib.Path(build) / "test/e2e/adding-a-family", pathlib.Path(build) / "bin"
    listed = (copy / "passes/Import/CMakeLists.txt").read_text()
    for source in (copy / "passes/Import/Families").glob("*.cpp"):
        if f"  Families/{source.name}\n" not in listed:
            sys.exit(f"the page lists no Families/{source.name} in passes/Import/CMakeLists.txt")
    check_line(copy)
    ours = subprocess.run([programs / "vspec-compile", "-q", "--dry-run", GOLDENS / f"example/{NAME}.gguf"], capture_output=True, text=True)
    if f"key 'general.architecture' is '{NAME}', expected one of " not in ours.stderr:
        sys.exit(f"the page adds what is there already: {ours.stderr}")
    os.environ["PATH"] = os.pathsep.join([str(copy / "bin"), str(programs), os.environ["PATH"]])
    check_model.main(f"example/{NAME}", copy / "scratch")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
