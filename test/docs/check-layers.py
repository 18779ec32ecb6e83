"""Fails on any include that the layer table does not have. Usage: check-layers.py [TOP]

The table is section 1 of docs/Architecture.md. A quoted include names a file of this project or of MLIR, LLVM or lld; files
of the own folder may be named without it.
"""
import pathlib
import re
import sys

OURS = {"vspec", "lib", "dialects", "passes", "runtime", "tools", "test"}
MLIR = {"mlir", "mlir-c", "llvm", "llvm-c", "lld", "clang"}

# Folder: what it may include of this project, whether MLIR, and which other libraries.
TABLE = {
    "include": ({"vspec"}, False, set()),
    "lib": ({"vspec"}, False, {"nlohmann/json.hpp", "openssl/sha.h", "pcre2.h", "utf8proc.h"}),
    "runtime": ({"vspec", "runtime"}, False, set()),
    "dialects": ({"vspec", "dialects"}, True, set()),
    "passes": ({"vspec", "dialects", "passes"}, True, set()),
    "tools": ({"vspec", "dialects", "passes", "tools"}, True, {"CLI/CLI.hpp", "histedit.h", "nlohmann/json.hpp"}),
}

STANDARD = set("""algorithm any array atomic bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits clocale
cmath codecvt complex condition_variable csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar
cwctype deque exception filesystem forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream
iterator limits list locale map memory memory_resource mutex new numeric optional ostream queue random ratio regex
scoped_allocator set shared_mutex sstream stack stdexcept streambuf string string_view strstream system_error thread tuple
type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector
assert.h ctype.h errno.h fenv.h float.h inttypes.h limits.h math.h stdarg.h stddef.h stdint.h stdio.h stdlib.h string.h
time.h""".split())
# What the operating system and the compiler bring; not for include/vspec.
SYSTEM = re.compile(r"(sys|linux|asm|bits)/.*|.*intrin\.h|arm_.*\.h|(cpuid|dlfcn|dirent|fcntl|poll|pthread|sched|signal|unistd)\.h")
INCLUDE = re.compile(r'\s*#?\s*include\s+(["<])([^">]+)[">]')


def reason(top, path, folder, quoted, name):
    """Why the file at `path` may not include `name`, or nothing."""
    ours, mlir, libraries = TABLE[folder]
    root = name.split("/")[0]
    if root in MLIR:
        return None if mlir else f"{folder}/ is free of MLIR and LLVM, but includes {name}"
    if root in OURS and "/" in name:
        own_folder = root == folder and (top / name).parent == path.parent
        return None if root in ours or own_folder else f"{folder}/ must not include {root}/, found {name}"
    if name in libraries:
        return None
    if quoted:
        near = [path.parent / name] + [top / folder / name] * (folder == "tools")
        generated = name.endswith(".inc") and mlir
        return None if generated or any(place.exists() for place in near) else f"{name} is in no folder that {folder}/ may include"
    if name in STANDARD or (folder != "include" and SYSTEM.fullmatch(name)):
        return None
    return f"{folder}/ must not include <{name}>, which is not in the standard library"


def problems(top):
    seen = 0
    for folder in TABLE:
        for path in sorted((top / folder).rglob("*")):
            if path.suffix not in {".h", ".cpp", ".td"}:
                continue
            seen += 1
            for number, line in enumerate(path.read_text().splitlines(), 1):
                found = INCLUDE.match(line)
                why = found and reason(top, path, folder, found[1] == '"', found[2])
                if why:
                    yield f"{path.relative_to(top)}:{number}: {why}"
    if not seen:
        yield f"{top}: no sources"


if __name__ == "__main__":
    found = list(problems(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    print("\n".join(found))
    sys.exit(bool(found))
