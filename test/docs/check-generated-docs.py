"""The pages of dialects and passes in docs/ must be those that mlir-tblgen makes of today's .td files.

Usage: check-generated-docs.py [--renew] [--tblgen MLIR-TBLGEN] [--include MLIR-INCLUDES] [TOP]

Which pages there are is read from the CMakeLists.txt files: `add_mlir_doc(FILE PAGE docs/ -gen-dialect-doc ...)` under
dialects gives docs/dialects/PAGE.md, `vspec_passes(STAGE ...)` under passes gives docs/passes/STAGE.md.
"""
import argparse
import pathlib
import re
import subprocess
import sys


def llvm(question):
    return pathlib.Path(subprocess.run(["llvm-config-22", question], text=True, capture_output=True, check=True).stdout.strip())


def pages(top):
    """(page, td file, options of mlir-tblgen) of each generated page."""
    for listed in sorted(top.glob("dialects/*/CMakeLists.txt")):
        for file, page, options in re.findall(r"^\s*add_mlir_doc\((\w+) (\w+) \S+ ([^)]*)\)", listed.read_text(), re.M):
            yield top / f"docs/dialects/{page}.md", listed.parent / f"{file}.td", options.split()
    for listed in sorted(top.glob("passes/*/CMakeLists.txt")):
        for stage in re.findall(r"^\s*vspec_passes\((\w+)", listed.read_text(), re.M):
            yield top / f"docs/passes/{stage}.md", listed.parent / "Passes.td", ["-gen-pass-doc"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--renew", action="store_true", help="write the pages instead of comparing")
    parser.add_argument("--tblgen", help="mlir-tblgen; default: that of llvm-config-22")
    parser.add_argument("--include", help="folder of MLIR's .td files; default: that of llvm-config-22")
    parser.add_argument("top", nargs="?", default=".", type=pathlib.Path)
    options = parser.parse_args()
    tblgen = options.tblgen or llvm("--bindir") / "mlir-tblgen"
    include = options.include or llvm("--includedir")
    bad, wanted = [], set()
    for page, source, how in pages(options.top):
        wanted.add(page)
        run = subprocess.run([tblgen, *how, source, "-I", source.parent, "-I", options.top, "-I", include], text=True, capture_output=True)
        if run.returncode:
            bad.append(f"{source}: {run.stderr}")
        elif options.renew:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(run.stdout)
        elif not page.exists() or page.read_text() != run.stdout:
            bad.append(f"{page}: {'stale' if page.exists() else 'missing'}; it is made of {source}")
    for page in sorted({*options.top.glob("docs/dialects/*.md"), *options.top.glob("docs/passes/*.md")} - wanted):
        if options.renew:
            page.unlink()
        else:
            bad.append(f"{page}: nothing makes this page any more")
    if not wanted:
        bad.append(f"{options.top}: no dialects and no passes")
    print("\n".join(bad))
    if bad and not options.renew:
        print("renew the pages with: python3 test/docs/check-generated-docs.py --renew")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
