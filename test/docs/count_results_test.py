"""count-results.py on small reports of each kind."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parent.parent / "count-results.py"


class CountResults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = pathlib.Path(folder.name)
        self.results = self.build / "test-results"
        self.results.mkdir()

    def count(self, *cases):
        """Status and last line for ctest's report of (name, status, what is inside)."""
        if cases:
            text = "".join(f'<testcase name="{name}" status="{status}">{inside}</testcase>' for name, status, inside in cases)
            (self.results / "ctest.xml").write_text(f"<testsuite>{text}</testsuite>")
        run = subprocess.run([sys.executable, SCRIPT, self.build], text=True, capture_output=True)
        return run.returncode, run.stdout.splitlines()[-1] if run.stdout else run.stderr

    def googletest(self, *cases):
        report = {"testsuites": [{"testsuite": list(cases)}]}
        (self.results / "vspec-plan-tests.json").write_text(json.dumps(report))

    def test_googletest_cases(self):
        done = {"status": "RUN", "result": "COMPLETED"}
        self.googletest(done, done, {"status": "RUN", "result": "SKIPPED"}, {**done, "failures": [{}]})
        self.assertEqual(self.count(("unit-plan", "fail", "")), (1, "2 passed, 1 failed, 1 skipped"))

    def test_crash_after_passing_cases(self):
        self.googletest({"status": "RUN", "result": "COMPLETED"})
        self.assertEqual(self.count(("unit-plan", "fail", "")), (1, "1 passed, 1 failed"))

    def test_crash_without_report(self):
        self.assertEqual(self.count(("unit-plan", "fail", "")), (1, "0 passed, 1 failed"))

    def test_lit_cases(self):
        codes = ["PASS", "XFAIL", "UNSUPPORTED", "FAIL", "XPASS", "UNRESOLVED", "TIMEOUT"]
        (self.results / "lit.json").write_text(json.dumps({"tests": [{"code": code} for code in codes]}))
        self.assertEqual(self.count(("lit", "fail", "")), (1, "2 passed, 4 failed, 1 skipped"))

    def test_unittest_cases(self):
        report = "Ran 7 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n"
        self.assertEqual(self.count(("python", "fail", f"<system-out>{report}</system-out>")), (1, "3 passed, 3 failed, 1 skipped"))
        self.assertEqual(self.count(("python", "run", "<system-out>Ran 2 tests in 0.1s\n\nOK\n</system-out>")), (0, "2 passed, 0 failed"))

    def test_programs_without_report(self):
        self.assertEqual(self.count(("layers", "run", ""), ("names", "fail", "")), (1, "1 passed, 1 failed"))

    def test_skipped_and_missing_programs(self):
        skipped, missing = ('<skipped message="%s"/>' % reason for reason in ("SKIP_RETURN_CODE=77", "Unable to find executable: x"))
        self.assertEqual(self.count(("a", "run", ""), ("b", "notrun", skipped)), (0, "1 passed, 0 failed, 1 skipped"))
        self.assertEqual(self.count(("a", "run", ""), ("b", "notrun", missing)), (1, "1 passed, 1 failed"))

    def test_nothing_ran(self):
        self.assertEqual(self.count(), (1, "0 passed, 1 failed"))


if __name__ == "__main__":
    unittest.main()
