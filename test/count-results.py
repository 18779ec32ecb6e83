"""Counts the single tests in the test-results folders of build folders. Usage: count-results.py BUILD...

ctest knows programs; most of them hold many tests. Their own reports are next to ctest's: GoogleTest's vspec-NAME-tests.json
for the test unit-NAME, lit's NAME.json for the lit runs, and the last lines that Python's unittest printed. A program that
failed without reporting a failed test (it crashed, or ran out of time) counts as one failed test.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml


class Counts:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def googletest(report):
    counts = Counts()
    for suite in json.loads(report.read_text())["testsuites"]:
        for case in suite["testsuite"]:
            if case.get("result") == "SKIPPED" or case.get("status") == "NOTRUN":
                counts.skipped += 1
            elif case.get("failures"):
                counts.failed += 1
            else:
                counts.passed += 1
    return counts


def lit(report):
    counts = Counts()
    for test in json.loads(report.read_text())["tests"]:
        if test["code"] in ("PASS", "XFAIL", "FLAKYPASS"):
            counts.passed += 1
        elif test["code"] in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
            counts.skipped += 1
        else:
            counts.failed += 1
    return counts


def unittest(output):
    """The last report in the output: "Ran 5 tests in 0.1s", then "FAILED (failures=1, errors=1, skipped=1)" or "OK"."""
    ran = re.findall(r"^Ran (\d+) tests? in", output, re.M)
    if not ran:
        return None
    verdict = re.findall(r"^(?:OK|FAILED)(.*)$", output, re.M)
    named = dict(re.findall(r"(failures|errors|skipped|unexpected successes)=(\d+)", verdict[-1] if verdict else ""))
    skipped = int(named.pop("skipped", 0))
    failed = sum(map(int, named.values()))
    return Counts(int(ran[-1]) - failed - skipped, failed, skipped)


def was_skipped(case):
    """A program that is missing was not run either, but that is no skipping."""
    reason = case.find("skipped")
    return reason is not None and reason.get("message", "").startswith(("SKIP_", "Disabled"))


def of_program(case, results):
    """Counts of one ctest test: <testcase> of its JUnit report."""
    name = case.get("name")
    gtest_report = results / f"vspec-{name.removeprefix('unit-')}-tests.json"
    lit_report = results / f"{name}.json"
    counts = None
    if name.startswith("unit-") and gtest_report.exists():
        counts = googletest(gtest_report)
    elif lit_report.exists():
        counts = lit(lit_report)
    else:
        counts = unittest(case.findtext("system-out") or "")
    status = case.get("status")
    if counts is None:
        counts = Counts(passed=1) if status == "run" else Counts(skipped=1) if was_skipped(case) else Counts(failed=1)
    elif status == "fail" and not counts.failed:
        counts.failed += 1
    return counts


def main(builds):
    total = Counts()
    for build in builds:
        results = pathlib.Path(build) / "test-results"
        report = results / "ctest.xml"
        if not report.exists():
            print(f"{build}: ctest left no report")
            total.failed += 1
            continue
        counts = Counts()
        for case in xml.parse(report).getroot().iter("testcase"):
            of_case = of_program(case, results)
            counts.add(of_case)
            if of_case.failed:
                print(f"{build}: {case.get('name')}: {of_case}")
        print(f"{build}: {counts}")
        total.add(counts)
    if not total.passed and not total.failed:
        total.failed = 1
        print("no test ran")
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
