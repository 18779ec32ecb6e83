"""How lit finds the tiny models: each golden of test/data/families is a test."""
import os

import lit.formats
import lit.Test
import lit.util


class TinyModels(lit.formats.TestFormat):
    def getTestsInDirectory(self, suite, path, lit_config, config):
        for golden in sorted(os.listdir(os.path.join(config.vspec_source, "test", "data", "families"))):
            name, ending = os.path.splitext(golden)
            if ending == ".npy":  # the others have digests of weights only
                yield lit.Test.Test(suite, path + (name,), config)

    def getTestsForPath(self, suite, path, lit_config, config):
        yield lit.Test.Test(suite, path, config)

    def execute(self, test, lit_config):
        config, name = test.config, test.path_in_suite[-1]
        scratch = os.path.join(config.test_exec_root, *test.path_in_suite[:-1], "Output", name)
        os.makedirs(scratch, exist_ok=True)
        program = os.path.join(config.vspec_source, "test", "families", "check_model.py")
        output, errors, status = lit.util.executeCommand([config.python, program, name, scratch], env=config.environment)
        return (lit.Test.FAIL, output + errors) if status else (lit.Test.PASS, output)
