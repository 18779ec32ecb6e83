"""The checks of this folder, each on a small tree that is right and on the same tree broken in one place."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent


class CheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)

    def write(self, path, text):
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def check(self, name, *arguments):
        run = subprocess.run([sys.executable, HERE / f"check-{name}.py", *arguments, self.top], text=True, capture_output=True)
        return run.returncode, run.stdout + run.stderr

    def expect_right(self, name, *arguments):
        status, output = self.check(name, *arguments)
        self.assertEqual(status, 0, output)

    def expect_wrong(self, name, message, *arguments):
        status, output = self.check(name, *arguments)
        self.assertEqual(status, 1, output)
        self.assertIn(message, output)


class Layers(CheckTest):
    def test_allowed(self):
        self.write("include/vspec/A.h", '#include "vspec/B.h"\n#include <vector>\n')
        self.write("lib/A/A.cpp", '#include "Own.h"\n#include "lib/A/Own.h"\n#include "vspec/A.h"\n#include <unistd.h>\n')
        self.write("lib/A/Own.h", "")
        self.write("runtime/R.cpp", '#include "runtime/R.h"\n#include "vspec/A.h"\n#include <sys/mman.h>\n')
        self.write("dialects/D/D.td", 'include "mlir/IR/OpBase.td"\ninclude "dialects/D/Other.td"\n')
        self.write("passes/P/P.cpp", '#include "dialects/D/D.h"\n#include "passes/P/P.h"\n#include "P.h.inc"\n')
        self.write("tools/t/t.cpp", '#include "passes/P/P.h"\n#include "CommandLine/C.h"\n')
        self.write("tools/CommandLine/C.h", "")
        self.expect_right("layers")

    def test_arrows_that_are_not_there(self):
        for path, line, message in [
            ("lib/A/A.cpp", '#include "runtime/R.h"', "lib/A/A.cpp:1: lib/ must not include runtime/"),
            ("lib/A/A.cpp", '#include "lib/B/B.h"', "lib/ must not include lib/"),
            ("lib/A/A.cpp", "#include <llvm/ADT/ArrayRef.h>", "free of MLIR"),
            ("lib/A/A.cpp", "# include <boost/any.hpp>", "not in the standard library"),
            ("runtime/R.cpp", '#include "mlir/IR/Value.h"', "free of MLIR"),
            ("runtime/R.cpp", '#include "lib/A/A.h"', "must not include lib/"),
            ("runtime/R.cpp", "#include <nlohmann/json.hpp>", "not in the standard library"),
            ("include/vspec/A.h", "#include <unistd.h>", "not in the standard library"),
            ("include/vspec/A.h", '#include "runtime/R.h"', "must not include runtime/"),
            ("dialects/D/D.cpp", '#include "passes/P/P.h"', "must not include passes/"),
            ("dialects/D/D.td", 'include "passes/P/P.td"', "must not include passes/"),
            ("passes/P/P.cpp", '#include "runtime/R.h"', "must not include runtime/"),
            ("passes/P/P.cpp", '#include "test/T.h"', "must not include test/"),
            ("passes/P/P.cpp", '#include "Missing.h"', "in no folder"),
        ]:
            with self.subTest(line=line, path=path):
                file = self.write(path, line + "\n")
                self.expect_wrong("layers", message)
                file.unlink()

    def test_empty_tree(self):
        self.expect_wrong("layers", "no sources")


class DocExamples(CheckTest):
    def setUp(self):
        super().setUp()
        # Stands for vspec-opt: refuses what says so.
        self.tool = self.write("opt", "#!/bin/sh\nif grep -q wrong; then echo 'error: unknown' >&2; exit 1; fi\n")
        self.tool.chmod(0o755)

    def test_examples(self):
        page = self.write("dialects/D/D.td", "text\n```mlir\nfunc.func @right()\n```\n")
        self.expect_right("doc-examples", self.tool)
        page.write_text(page.read_text() + "```mlir\nwrong\n```\n")
        self.expect_wrong("doc-examples", "D.td:5: the example does not parse\nerror: unknown", self.tool)

    def test_no_examples(self):
        self.expect_wrong("doc-examples", "0 examples", self.tool)


class GeneratedDocs(CheckTest):
    def setUp(self):
        super().setUp()
        # Stands for mlir-tblgen: prints its .td file.
        tool = self.write("tblgen", '#!/bin/sh\nfor file; do case $file in *.td) cat "$file"; exit;; esac; done\n')
        tool.chmod(0o755)
        self.options = ["--tblgen", tool, "--include", self.top]
        self.write("dialects/D/CMakeLists.txt", "add_mlir_doc(Ops DDialect docs/ -gen-dialect-doc -dialect=d)\n")
        self.write("passes/P/CMakeLists.txt", "vspec_passes(P\n  A.cpp)\n")
        self.source = self.write("dialects/D/Ops.td", "operations\n")
        self.write("passes/P/Passes.td", "passes\n")

    def test_missing_then_renewed_then_stale(self):
        self.expect_wrong("generated-docs", "docs/passes/P.md: missing", *self.options)
        self.expect_right("generated-docs", "--renew", *self.options)
        self.assertEqual((self.top / "docs/dialects/DDialect.md").read_text(), "operations\n")
        self.expect_right("generated-docs", *self.options)
        self.source.write_text("more operations\n")
        self.expect_wrong("generated-docs", "DDialect.md: stale", *self.options)
        self.expect_wrong("generated-docs", "--renew", *self.options)

    def test_page_of_nothing(self):
        self.expect_right("generated-docs", "--renew", *self.options)
        old = self.write("docs/passes/Old.md", "")
        self.expect_wrong("generated-docs", "nothing makes this page", *self.options)
        self.expect_right("generated-docs", "--renew", *self.options)
        self.assertFalse(old.exists())


class Names(CheckTest):
    def setUp(self):
        super().setUp()
        self.table = self.write("passes/Pack/Passes.td", 'def PackWeights : Pass<"vspec-pack-weights", "ModuleOp"> {\n}\n')
        self.source = self.write("passes/Pack/PackWeights.cpp", "")
        self.test = self.write("test/passes/Pack/pack-weights-errors.mlir", "")
        self.dialect = self.write("dialects/D/D.td", 'def D : Dialect {\n  let name = "d";\n}\n'
                                  'def D_AddOp : D_Op<"add", [Pure]> {\n  let description = [{\n```mlir\nd.add\n```\n  }];\n}\n')

    def test_right(self):
        self.expect_right("names")

    def test_source_of_another_name(self):
        self.source.rename(self.source.with_name("Packing.cpp"))
        self.expect_wrong("names", "PackWeights.cpp is not there")

    def test_no_test(self):
        self.test.rename(self.test.with_name("pack-weightsmore.mlir"))
        self.expect_wrong("names", "no test test/passes/Pack/pack-weights.mlir")

    def test_flag_of_another_name(self):
        self.table.write_text(self.table.read_text().replace("vspec-pack-weights", "vspec-pack"))
        self.expect_wrong("names", "the flag is vspec-pack,")

    def test_operation_without_example(self):
        self.dialect.write_text(self.dialect.read_text() + 'def D_AddTwoOp : D_Op<"add_two">;\n')
        self.expect_wrong("names", "d.add_two is in no example")


class Messages(CheckTest):
    def setUp(self):
        super().setUp()
        self.write("dialects/D/D.cpp", 'return emitOpError() << "has " << n << " columns; expected " << m;\n'
                   'return op.emitError("needs " "a weight");\n')
        self.tests = self.write("test/dialects/D/invalid.mlir", "has 3 columns; expected 4\n")
        self.write("test/passes/errors.test", "needs a weight\n")

    def test_right(self):
        self.expect_right("messages")

    def test_message_without_test(self):
        self.tests.write_text("has 3 rows\n")
        self.expect_wrong("messages", "D.cpp:1: no test expects 'columns; expected'")

    def test_message_in_two_pieces(self):
        self.write("passes/P/P.cpp", 'emitError(loc)\n  << "in two "\n     "pieces";\n')
        self.expect_wrong("messages", "P.cpp:1: no test expects 'in two pieces'")

    def test_texts_of_lib_and_runtime(self):
        self.write("lib/A/A.h", '// as "a comment"\nassert(a && "of ours");\nchar c = \'"\';\nauto r = R"(a + "raw one")";\nauto one = "word";\n')
        source = self.write("runtime/R.cpp", '\nfail(b ? ": is \\"b\\" " : "is "\n"not b");\n')
        self.expect_wrong("messages", "runtime/R.cpp:2: no test expects 'is not b'")
        self.write("test/unit/RTest.cpp", '"R: is not "\n  "b"')
        self.expect_right("messages")
        source.write_text('f("is not b", "is also c");')
        self.expect_wrong("messages", "runtime/R.cpp:1: no test expects 'is also c'")

    def test_errors_of_tools(self):
        self.write("tools/t/t.cpp", 'option("of no interest");\nreturn Error{path + ": is no " + what + ", expected one"};\n')
        self.expect_wrong("messages", "tools/t/t.cpp:2: no test expects 'is no'")
        self.write("test/e2e/t.test", "a: is no b, expected one")
        self.expect_right("messages")

    def test_list_of_what_is_not_provoked(self):
        source = self.write("runtime/Model.cpp", 'f("a copy of the weights");')
        self.expect_right("messages")
        source.write_text("")
        self.expect_wrong("messages", "runtime/Model.cpp: 'a copy of the weights' is in the list of check-messages.py, but not in the file")


class Links(CheckTest):
    def test_links(self):
        page = self.write("docs/A.md", "[b](B.md#part) [top](../README.md) [far](https://example.org/x) `lib/A` `passes/STAGE/X.td`\n")
        self.write("docs/B.md", "")
        self.write("README.md", "")
        self.write("lib/A/A.cpp", "")
        self.expect_right("links")
        page.write_text("\n[c](C.md)\n")
        self.expect_wrong("links", "docs/A.md:2: the link leads to C.md")
        page.write_text("`lib/B/B.h`\n")
        self.expect_wrong("links", "docs/A.md:1: lib/B/B.h is not there")

    def test_no_pages(self):
        self.expect_wrong("links", "no pages")


class Support(CheckTest):
    def setUp(self):
        super().setUp()
        self.write("passes/Import/Families/Families.cpp", '      {"llama", "LlamaForCausalLM", "llama", "llama", 0, true, buildLlama},\n')
        self.write("test/data/families/tiny.json", '{"config": {"architectures": ["LlamaForCausalLM"]}}')
        self.write("test/data/golden/ggml-blocks.txt", "# type\nq4_0 64 0\n")
        self.write("test/e2e/fused-quantised.test", "")
        self.write("docs/Formats.md", "| `int4` | `int{4} x 32:f16` | 4.5 | 4.5 | |\n")

    def test_renewed_then_stale(self):
        self.expect_wrong("support", "docs/Support.md is not what the tests cover")
        self.expect_right("support", "--renew")
        self.expect_right("support")
        self.write("test/data/families/other.json", '{"config": {"architectures": ["LlamaForCausalLM"]}}')
        self.expect_wrong("support", "docs/Support.md is not what the tests cover")

    def test_families_without_models_and_models_without_families(self):
        self.write("test/data/families/foo.json", '{"config": {"architectures": ["FooForCausalLM"]}}')
        self.expect_wrong("support", "test/data/families/foo.json: FooForCausalLM is no family")
        self.write("test/data/families/foo.json", '{"config": {"architectures": ["LlamaForCausalLM"]}}')
        self.write("test/data/families/tiny.json", '{"config": {"architectures": ["LlamaForCausalLM"], "quantization_config": {"quant_method": "awq"}}, "made_with": "AutoAWQ"}')
        self.expect_right("support", "--renew")
        (self.top / "test/data/families/foo.json").unlink()
        self.expect_wrong("support", "LlamaForCausalLM has no tiny model")


if __name__ == "__main__":
    unittest.main()
