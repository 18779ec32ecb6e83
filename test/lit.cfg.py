"""How lit finds and runs the .mlir and .test files. lit.site.cfg.py in the build folder says where things are."""
import os
import platform

import lit.formats

config.name = "vspec"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["unit", "docs", "fuzz", "data", "bench", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.vspec_test_build

config.environment["PATH"] = os.pathsep.join(
    [config.vspec_bin, config.llvm_tools_dir, os.path.dirname(config.python), config.environment["PATH"]])
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "VSPEC_ISA"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

# %data: the models and tokenizers that the tests share.
config.substitutions.append(("%data", os.path.join(config.vspec_source, "test", "data")))
config.substitutions.append(("%source", config.vspec_source))


def processor_flags():
    """What the operating system says of the first processor; nothing where there is no /proc."""
    try:
        with open("/proc/cpuinfo") as info:
            lines = [line for line in info if line.startswith(("flags", "Features"))]
    except OSError:
        return set()
    return set(lines[0].split(":", 1)[1].split()) if lines else set()


flags = processor_flags()
if {"avx2", "fma", "bmi2", "f16c"} <= flags:
    config.available_features.add("x86-64-v3")
if {"avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_vnni", "avx512vbmi", "gfni"} <= flags:
    config.available_features.add("avx512")
if platform.machine() in ("aarch64", "arm64"):
    config.available_features.add("aarch64")
if "avx_vnni" in flags:
    config.available_features.add("avxvnni")
# Programs of other processors: a runtime for AArch64 (test/e2e/CMakeLists.txt), and ours on an older x86-64.
if os.path.exists(config.qemu_aarch64) and os.path.exists(os.path.join(config.aarch64_bin, "vspec-eval")):
    config.available_features.add("emulated-aarch64")
    config.substitutions.append(("%qemu-aarch64", config.qemu_aarch64))
    config.substitutions.append(("%aarch64", config.aarch64_bin))
if os.path.exists(config.qemu_x86_64):
    config.available_features.add("emulated-x86-64")
    config.substitutions.append(("%qemu-x86-64", config.qemu_x86_64))
    config.substitutions.append(("%vspec-bin", config.vspec_bin))
if os.path.exists(config.ptxas):
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", config.ptxas))
